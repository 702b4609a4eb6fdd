'use strict';
// node --test, in sdk/node (Node.js 18 or later; the SDK itself runs on 12.17).

const assert = require('assert');
const test = require('node:test');
const { Gateway } = require('./gateway');

async function start(t, code, options) {
  const gateway = await Gateway.start(code, options);
  t.after(() => gateway.close());
  assert.deepStrictEqual((await gateway.started).result, {});
  return gateway;
}

test('results of each kind of handler', async (t) => {
  const gateway = await start(t, `
    exports.handler = (event, context, callback) => {
      switch (event.toString()) {
        case 'callback': setImmediate(callback, null, 'called back'); return undefined;
        case 'failure': callback(new TypeError('no')); return undefined;
        case 'throw': throw new RangeError('far');
        case 'text': return 'hé';
        case 'bytes': return Buffer.from([255, 0]);
        case 'context': return Promise.resolve([context.requestId, context.functionName, context.invokerContext,
          context.remainingMs() > 4000]);
        default: return Promise.resolve();
      }
    };`);
  const expected = {
    callback: { payload: 'called back' },
    text: { payload: 'hé' },
    bytes: { payloadBase64: '/wA=' },
    context: { payload: '["r1","f",{"a":1},true]' },
    nothing: {},
  };
  for (const [event, result] of Object.entries(expected)) {
    assert.deepStrictEqual((await gateway.invoke(event, { invokerContext: { a: 1 } })).result, result, event);
  }
  const { error } = await gateway.invoke('failure');
  assert.deepStrictEqual([error.code, error.message, error.data.errorType], [-32000, 'no', 'TypeError']);
  assert.match(error.data.stackTrace[0], /index\.js/);
  assert.strictEqual((await gateway.invoke('throw')).error.data.errorType, 'RangeError');
});

test('the configuration', async (t) => {
  const gateway = await start(t, `
    const { json } = require('margay').config();
    exports.handler = () => json.limit;`, { params: { config: { json: { limit: 5 } } } });
  assert.deepStrictEqual((await gateway.invoke('x')).result, { payload: '5' });
});

test('an ES module', async (t) => {
  const gateway = await start(t, 'export const handler = async (event) => event;', { file: 'index.mjs' });
  assert.deepStrictEqual((await gateway.call('invoke', { payloadBase64: '/wA=' })).result, { payloadBase64: '/wA=' });
});

test('calls of the gateway, also several at a time', async (t) => {
  const gateway = await start(t, `
    const margay = require('margay');
    exports.handler = async (event, context) => {
      context.logger.info('got %s', event);
      await margay.publish('/a', { t: 1 });
      const failure = await margay.call('p', 'dev1', 'reset').catch((e) => [e.code, e.message, e.errorType]);
      const all = await Promise.all([...Array(100).keys()].map((i) => margay.get('p', 'dev1', [String(i)])));
      return [all.length, all[99], failure, String(await margay.invoke('g', Buffer.from([255])))];
    };`);
  gateway.answers = {
    'thing.get': (params) => ({ is: params.properties[0] }),
    'thing.call': () => ({ code: -32004, message: 'off line', data: { errorType: 'OFFLINE' } }),
    'function.invoke': (params) => ({ payload: params.payloadBase64 }),
  };
  const result = JSON.parse((await gateway.invoke('x')).result.payload);
  assert.deepStrictEqual(result, [100, { is: '99' }, [-32004, 'off line', 'OFFLINE'], '/w==']);
  assert.deepStrictEqual(gateway.asked[0], ['log', { level: 'info', message: 'got x' }]);
  assert.deepStrictEqual(gateway.asked[1], ['publish', { topic: '/a', payload: '{"t":1}' }]);
});

test('what keeps it from starting', async (t) => {
  for (const [code, options, message] of [
    ['exports.handler = (;', {}, /Unexpected token/],
    ['exports.other = 1;', {}, /index\.js exports no function 'handler', which the handler 'index\.handler' names/],
    ['', { handler: 'other.handler' }, /the package has no other\.js/],
    ['exports.x = 1;', { kind: 'driver', handler: '' }, /exports no driver/],
  ]) {
    const gateway = await Gateway.start(code, options);
    t.after(() => gateway.close());
    assert.match((await gateway.started).error.message, message);
    assert.strictEqual(await gateway.exited, 1);
    assert.match(gateway.stderr, message);
  }
});

test('a ping is answered while a handler waits', async (t) => {
  const gateway = await start(t, `
    let go;
    exports.handler = async (event) => {
      if (event.toString() === 'go') return go();
      await new Promise((resolve) => { go = resolve; });
      return 'done';
    };`);
  const call = gateway.invoke('wait');
  assert.deepStrictEqual((await gateway.call('ping')).result, {});
  await gateway.invoke('go');
  assert.deepStrictEqual((await call).result, { payload: 'done' });
});

test('reconnects, and ends when told', async (t) => {
  const gateway = await start(t, 'setInterval(() => {}, 1000); exports.handler = (event) => event;');
  const again = gateway.accept();
  gateway.connection.destroy();
  assert.strictEqual((await again).pid, gateway.process.pid);
  assert.deepStrictEqual((await gateway.invoke('x')).result, { payload: 'x' });
  gateway.write({ method: 'shutdown' });
  assert.strictEqual(await gateway.exited, 0);
});

test('unreadable and unknown messages', async (t) => {
  const gateway = await start(t, 'exports.handler = (event) => event;');
  gateway.connection.write('garbage\n[]\n');
  assert.strictEqual((await gateway.call('no.such')).error.code, -32601);
  assert.deepStrictEqual(gateway.unknown.map((m) => m.error.code), [-32700, -32700]);
  assert.deepStrictEqual((await gateway.invoke('x')).result, { payload: 'x' });
});

test('a driver', async (t) => {
  const gateway = await start(t, `
    exports.Driver = class {
      async start(context) {
        this.limit = context.config.kv.limit;
        for (const settings of context.devices) {
          const device = await context.connect(settings);
          await device.online();
          const { accepted } = await device.report({ unit: settings.config.unit });
          if (!accepted) await device.offline('no');
        }
      }
      async get(device, properties) {
        this.running = (this.running || 0) + 1;
        await new Promise(setImmediate);
        return { limit: this.limit, by: device.deviceName, running: this.running-- };
      }
      changed(context) { this.limit = context.config.kv.limit; return true; }
    };`, {
    kind: 'driver',
    handler: '',
    params: {
      config: { kv: [{ key: 'limit', value: '5' }] },
      deviceList: [{ productKey: 'p', deviceName: 'dev1', custom: '{"unit":1}' }],
    },
  });
  gateway.answers['device.report'] = () => ({ status: 'REFUSED', reason: 'unit' });
  assert.deepStrictEqual((await gateway.call('driver.start')).result, {});
  assert.deepStrictEqual(gateway.asked.map(([method]) => method),
    ['device.connect', 'device.online', 'device.report', 'device.offline']);
  const dev1 = { productKey: 'p', deviceName: 'dev1' };
  const gets = await Promise.all([gateway.call('device.get', dev1), gateway.call('device.get', dev1)]);
  assert.deepStrictEqual(gets.map((a) => a.result), Array(2).fill({ limit: '5', by: 'dev1', running: 1 }));
  assert.deepStrictEqual((await gateway.call('driver.changed', { config: { kv: { limit: '6' } } })).result,
    { applied: true });
  assert.match((await gateway.call('device.set', dev1)).error.message, /has no method set/);
  assert.strictEqual((await gateway.call('device.get', { productKey: 'p', deviceName: 'no' })).error.code, -32001);
  assert.deepStrictEqual((await gateway.call('driver.stop')).result, {});
});
