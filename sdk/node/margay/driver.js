'use strict';
// Runs a driver written in Node.js.

const { configOf } = require('./config');
const { log } = require('./index');

/** The gateway asks for what this worker does not have. */
class NotThere extends Error {}

class Device {
  constructor(link, settings, handler) {
    this.link = link;
    this.settings = settings;
    this.handler = handler;
    this.productKey = settings.productKey;
    this.deviceName = settings.deviceName;
  }

  async online() {
    await this.ask('device.online');
  }

  async offline(reason) {
    await this.ask('device.offline', { reason: String(reason) });
  }

  /** Reports values of properties, all taken now; resolves with {accepted, status, reason}. */
  async report(properties) {
    return result(await this.ask('device.report', { properties }));
  }

  async reportEvent(event, output = {}) {
    return result(await this.ask('device.event', { event, output }));
  }

  ask(method, params = {}) {
    const { productKey, deviceName } = this;
    return this.link.request(method, Object.assign({ productKey, deviceName }, params));
  }

  toString() {
    return this.productKey + '/' + this.deviceName;
  }
}

function result({ status, reason = '' }) {
  return { accepted: status === 'ACCEPTED', status, reason };
}

function settingsOf(entry) {
  const custom = entry.custom;
  return {
    productKey: entry.productKey,
    deviceName: entry.deviceName,
    config: (typeof custom === 'string' && custom.trim() ? JSON.parse(custom) : custom) || {},
    extension: entry.extension || {},
    tsl: entry.tsl || {},
  };
}

/** The methods that the gateway calls on a driver. */
class Host {
  constructor(link, driver, params) {
    this.driver = driver;
    this.started = false;
    this.devices = new Map();
    this.lanes = new Map();
    this.timers = new Set();
    this.context = {
      name: params.name,
      log,
      logger: log,
      /** The device is off line until its online() is called; the driver itself answers where no handler is given. */
      connect: async (settings, handler = driver) => {
        const device = new Device(link, settings, handler);
        const before = this.devices.get(String(device));
        this.devices.set(String(device), device);
        try {
          await device.ask('device.connect');
        } catch (e) {
          if (before) {
            this.devices.set(String(device), before);
          } else {
            this.devices.delete(String(device));
          }
          throw e;
        }
        return device;
      },
      /** Calls run() now and then every so many seconds, never twice at a time, until the driver is stopped. */
      every: (seconds, run) => this.every(seconds, run),
    };
    this.configure(params);
    this.methods = {
      'driver.start': () => this.start(),
      'driver.stop': () => this.stop(),
      'driver.changed': async (p) => {
        this.configure(p);
        return { applied: driver.changed ? Boolean(await driver.changed(this.context)) : false };
      },
      'device.get': (p) => this.inLane(p, (d) => need(d, 'get').call(d.handler, d, p.properties || [])),
      'device.set': (p) => this.inLane(p, async (d) => {
        await need(d, 'set').call(d.handler, d, p.values || {});
        return {};
      }),
      'device.call': (p) => this.inLane(p, (d) => need(d, 'call').call(d.handler, d, p.service, p.input || {})),
    };
  }

  configure(params) {
    this.context.config = configOf(params.config);
    this.context.devices = (params.deviceList || []).map(settingsOf);
  }

  async start() {
    this.started = true;
    try {
      await this.driver.start(this.context);
    } catch (e) {
      this.cancelTimers();
      this.started = false;
      throw e;
    }
    return {};
  }

  async stop() {
    this.cancelTimers();
    try {
      if (this.started && this.driver.stop) {
        await this.driver.stop();
      }
    } finally {
      this.started = false;
      this.devices.clear();
    }
    return {};
  }

  every(seconds, run) {
    const state = { timer: null };
    this.timers.add(state);
    const once = async () => {
      try {
        await run();
      } catch (e) {
        if (this.timers.has(state)) {
          log.error('%s failed: %s', run.name || 'a timer', e.stack || e);
        }
      }
      if (this.timers.has(state)) {
        state.timer = setTimeout(once, seconds * 1000);
      }
    };
    once();
  }

  cancelTimers() {
    this.timers.forEach((state) => clearTimeout(state.timer));
    this.timers.clear();
  }

  /** One call at a time for a device, in the order of arrival. */
  inLane(params, run) {
    const key = params.productKey + '/' + params.deviceName;
    const device = this.devices.get(key);
    if (!device) {
      throw new NotThere('the driver has not connected the device ' + key);
    }
    const before = this.lanes.get(key) || Promise.resolve();
    const call = before.then(() => run(device));
    const done = call.catch(() => {}).then(() => {
      if (this.lanes.get(key) === done) {
        this.lanes.delete(key);
      }
    });
    this.lanes.set(key, done);
    return call;
  }
}

function need(device, method) {
  const found = device.handler[method];
  if (typeof found !== 'function') {
    throw new Error(`this driver has no method ${method}(device, …)`);
  }
  return found;
}

module.exports = { Host, NotThere };
