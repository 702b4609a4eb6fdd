'use strict';
// Runs a driver written in Node.js.

const { configOf } = require('./config');
const { log } = require('./index');

// How long reports wait for a new gateway to be told of the devices; then they go out as they are.
const ADOPTION_MS = 10000;

/** The gateway asks for what this worker does not have. */
class NotThere extends Error {}

class Device {
  constructor(host, settings, handler) {
    this.host = host;
    this.settings = settings;
    this.handler = handler;
    this.productKey = settings.productKey;
    this.deviceName = settings.deviceName;
  }

  async online() {
    await this.tell(null);
  }

  async offline(reason) {
    await this.tell(String(reason));
  }

  /** Reports values of properties, all taken now; resolves with {accepted, status, reason}. */
  async report(properties) {
    if (this.host.adopting) {
      await this.host.adopting;
    }
    return result(await this.ask('device.report', { properties }));
  }

  async reportEvent(event, output = {}) {
    if (this.host.adopting) {
      await this.host.adopting;
    }
    return result(await this.ask('device.event', { event, output }));
  }

  async tell(reason) {
    // Before it is asked: where the connection is lost meanwhile, this still is the latest that is known.
    this.host.told.set(String(this), reason);
    await this.askState(reason);
  }

  /** @param reason why it is off line; null when it is on line */
  askState(reason) {
    return reason === null ? this.ask('device.online') : this.ask('device.offline', { reason });
  }

  ask(method, params = {}) {
    const { productKey, deviceName } = this;
    return this.host.link.request(method, Object.assign({ productKey, deviceName }, params));
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
    this.link = link;
    this.driver = driver;
    this.started = false;
    this.devices = new Map();
    // What the driver said last of a device, whichever handle it used: why it is off line, or null.
    this.told = new Map();
    // The devices that a new gateway knows of; null when there was none.
    this.known = null;
    // A promise while a new gateway is still to be told of the devices, else null.
    this.adopting = null;
    this.adopted = () => {};
    // A promise while the driver starts or stops, else null.
    this.underWay = null;
    this.lanes = new Map();
    this.timers = new Set();
    this.context = {
      name: params.name,
      log,
      logger: log,
      /** The device is off line until its online() is called; the driver itself answers where no handler is given. */
      connect: async (settings, handler = driver) => {
        const device = new Device(this, settings, handler);
        const before = this.devices.get(String(device));
        if (!before) {
          this.told.delete(String(device));
        }
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
        this.adopted();
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

  /** A new gateway takes over the driver; reports wait until it was told of the devices. */
  adopt(params) {
    this.context.name = params.name || this.context.name;
    this.known = new Set((params.deviceList || []).map((each) => each.productKey + '/' + each.deviceName));
    // A start that is under way may wait for a report itself.
    if (this.started && !this.underWay && !this.adopting) {
      this.adopting = new Promise((resolve) => {
        const timer = setTimeout(() => this.adopted(), ADOPTION_MS);
        this.adopted = () => {
          clearTimeout(timer);
          this.adopting = null;
          resolve();
        };
      });
    }
  }

  /** Remembers what is being done with the driver. */
  during(work) {
    const all = Promise.all([this.underWay, work.catch(() => {})]).then(() => {
      if (this.underWay === all) {
        this.underWay = null;
      }
    });
    this.underWay = all;
    return work;
  }

  async start() {
    while (this.underWay) {
      await this.underWay; // for a gateway that is gone
    }
    if (!this.started) {
      return this.during(this.startDriver());
    }
    try {
      await this.tellAgain();
    } finally {
      this.adopted();
    }
    return {};
  }

  /** What the former gateway was told of the devices. */
  async tellAgain() {
    for (const [key, device] of [...this.devices]) {
      // One that was taken from the driver meanwhile would be refused.
      if (this.known && !this.known.has(key)) {
        continue;
      }
      await device.ask('device.connect');
      let sent;
      // Again where the driver says something else meanwhile: what the gateway hears last must not be the older.
      for (let told = this.told.get(key); told !== undefined && told !== sent; told = this.told.get(key)) {
        await device.askState(told);
        sent = told;
      }
    }
  }

  async startDriver() {
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

  stop() {
    return this.during(this.stopDriver());
  }

  async stopDriver() {
    this.adopted();
    this.cancelTimers();
    try {
      if (this.started && this.driver.stop) {
        await this.driver.stop();
      }
    } finally {
      this.started = false;
      this.devices.clear();
      this.told.clear();
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
