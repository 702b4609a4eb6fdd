'use strict';
// The configuration of a driver or function: kv, json or files is filled.

let given = {};

function configOf(config = {}) {
  const kv = Array.isArray(config.kv)
    ? Object.assign({}, ...config.kv.map((e) => ({ [e.key === undefined ? e.name : e.key]: e.value })))
    : config.kv || {};
  const files = (config.fileList || []).map((f) => (typeof f === 'string' ? f : f.path));
  return { kv, json: config.json || {}, files };
}

/** For bootstrap.js. */
function take(config) {
  given = config || {};
}

module.exports = { config: () => configOf(given), configOf, take };
