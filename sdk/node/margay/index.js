'use strict';
// What Margay functions and drivers written in Node.js require. Each call returns a promise.

const util = require('util');
const { config } = require('./config');
const { GatewayError } = require('./link');
const { fromParams, toParams } = require('./payload');

let link = null;

function gateway() {
  if (!link) {
    throw new GatewayError('this process was not started by a Margay gateway');
  }
  return link;
}

function write(level, args) {
  const message = util.format(...args);
  if (link) {
    link.notify('log', { level, message });
  } else {
    console.error('%s: %s', level, message);
  }
}

/** Writes to the workload's own log. */
const log = {
  debug: (...args) => write('debug', args),
  info: (...args) => write('info', args),
  warn: (...args) => write('warn', args),
  error: (...args) => write('error', args),
};

/** Publishes a message with this function as its source; routes decide where it goes. */
async function publish(topic, payload) {
  await gateway().request('publish', Object.assign({ topic }, toParams(payload)));
}

/** Invokes another function; resolves with its result as a Buffer, empty where it has none. */
async function invoke(name, payload) {
  return fromParams(await gateway().request('function.invoke', Object.assign({ function: name }, toParams(payload))));
}

/** Reads properties from a device: identifier to value. Leave out the list for all. */
async function get(productKey, deviceName, properties = []) {
  return gateway().request('thing.get', { productKey, deviceName, properties });
}

/** Writes properties to a device; resolves when the device took them. */
async function set(productKey, deviceName, values) {
  await gateway().request('thing.set', { productKey, deviceName, values });
}

/** Calls a service of a device; resolves with its output values. */
async function call(productKey, deviceName, service, input = {}) {
  return gateway().request('thing.call', { productKey, deviceName, service, input });
}

module.exports = { GatewayError, call, config, get, invoke, log, publish, set };

/** For bootstrap.js. */
Object.defineProperty(module.exports, '_attach', {
  value: (to) => {
    link = to;
  },
});
