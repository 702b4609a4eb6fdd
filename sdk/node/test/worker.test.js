'use strict';
// node --test, in sdk/node (Node.js 18 or later; the SDK itself runs on 12.17).

const assert = require('assert');
const { spawnSync } = require('child_process');
const fs = require('fs');
const path = require('path');
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

test('another gateway adopts a function', async (t) => {
  const gateway = await start(t, `
    require('fs').appendFileSync('loaded', 'once ');
    const first = process.env.FIRST;
    exports.handler = () => [require('fs').readFileSync('loaded', 'utf8'), first, process.env.SECRET,
      process.env.NODE_PATH];`,
  { params: { environment: { FIRST: '1st', SECRET: 'hé', NODE_PATH: '/own' } } });
  const expected = { payload: JSON.stringify(['once ', '1st', 'hé', path.dirname(__dirname)]) };
  assert.deepStrictEqual((await gateway.invoke('x')).result, expected);
  gateway.crash();
  assert.deepStrictEqual((await gateway.adopt()).result, { adopted: true });
  assert.deepStrictEqual((await gateway.invoke('x')).result, expected);
});

test('a function that is still being loaded is loaded once', async (t) => {
  const gateway = await Gateway.start(`
    import fs from 'fs';
    fs.appendFileSync('loaded', 'once ');
    while (!fs.existsSync('go')) await new Promise(setImmediate);
    export const handler = () => fs.readFileSync('loaded', 'utf8');`, { file: 'index.mjs' });
  t.after(() => gateway.close());
  gateway.crash();
  await gateway.comeBack();
  const adopted = gateway.call('initialize', gateway.params);
  assert.deepStrictEqual((await gateway.call('ping')).result, {});
  fs.writeFileSync(path.join(gateway.folder, 'go'), '');
  assert.deepStrictEqual((await adopted).result, { adopted: true });
  assert.deepStrictEqual((await gateway.invoke('x')).result, { payload: 'once ' });
});

test('an answer is for the gateway that asked', async (t) => {
  const gateway = await start(t, `
    let end;
    exports.handler = async (event) => {
      const what = event.toString();
      if (what === 'old') await new Promise((resolve) => { end = resolve; });
      if (what === 'end') { end(); await new Promise((resolve) => setTimeout(resolve, 10)); }
      return what;
    };`);
  gateway.invoke('old');
  await gateway.call('ping');
  gateway.crash();
  await gateway.comeBack();
  await gateway.call('ping');
  assert.deepStrictEqual((await gateway.invoke('end')).result, { payload: 'end' });
});

test('a gateway that is away for some time', async (t) => {
  const gateway = await start(t, 'exports.handler = (event) => event;');
  gateway.crash();
  // This is how long it is away, first with a socket that refuses, then without.
  await new Promise((resolve) => setTimeout(resolve, 500));
  fs.renameSync(gateway.socket, gateway.socket + '-away');
  await new Promise((resolve) => setTimeout(resolve, 1500));
  fs.renameSync(gateway.socket + '-away', gateway.socket);
  assert.deepStrictEqual((await gateway.adopt()).result, { adopted: true });
  assert.deepStrictEqual((await gateway.invoke('x')).result, { payload: 'x' });
});

test('a worker that was frozen meanwhile', async (t) => {
  const gateway = await start(t, 'exports.handler = (event) => event;');
  gateway.process.kill('SIGSTOP');
  gateway.crash();
  fs.unlinkSync(gateway.socket);
  await gateway.listen();
  gateway.process.kill('SIGCONT');
  await gateway.accept();
  assert.deepStrictEqual((await gateway.call('initialize', gateway.params)).result, { adopted: true });
  assert.deepStrictEqual((await gateway.invoke('x')).result, { payload: 'x' });
});

test('it tries for thirty seconds in which it was not frozen', () => {
  const { status, stdout } = spawnSync(process.execPath, ['-e', `
    const { Link } = require('./margay/link');
    let waited = 0;
    global.setTimeout = (run, pause) => { waited += pause; setImmediate(run); };
    console.error = (...args) => console.log(...args, Math.round(waited / 1000));
    new Link('/none/s', () => {}).lost('it was closed');`], { cwd: path.dirname(__dirname) });
  assert.deepStrictEqual([status, stdout.toString()], [1, 'margay: the gateway did not come back within 30 seconds 30\n']);
});

test('another gateway adopts a driver', async (t) => {
  const names = ['online', 'offline', 'untold', 'gone'];
  const gateway = await start(t, `
    const fs = require('fs');
    const devices = {};
    let running = true;
    const report = async () => {
      for (let n = 1; running; n++) {
        await devices.online.report({ n }).catch(() => new Promise((resolve) => setTimeout(resolve, 10)));
      }
    };
    exports.start = async (context) => {
      fs.appendFileSync('started', 'once ');
      for (const settings of context.devices) {
        devices[settings.deviceName] = await context.connect(settings);
      }
      await devices.online.offline('not yet');
      await devices.online.online();
      await devices.offline.online();
      await devices.offline.offline('no answer');
      await devices.gone.online();
      report();
    };
    exports.stop = () => { running = false; };
    exports.changed = () => true;
    exports.get = () => ({ started: fs.readFileSync('started', 'utf8') });
    exports.set = (device) => device.offline('told to be');`, {
    kind: 'driver',
    handler: '',
    params: { deviceList: names.map((deviceName) => ({ productKey: 'p', deviceName })) },
  });
  gateway.answers['device.report'] = () => ({ status: 'ACCEPTED', reason: '' });
  assert.deepStrictEqual((await gateway.call('driver.start')).result, {});
  // The driver keeps its handle on one that it is not assigned any more.
  gateway.params.deviceList.pop();
  assert.deepStrictEqual((await gateway.call('driver.changed', gateway.params)).result, { applied: true });
  const [online, offline, untold] = gateway.params.deviceList;
  for (let i = 0; i < 2; i++) {
    gateway.crash();
    assert.deepStrictEqual((await gateway.adopt()).result, { adopted: true });
    gateway.asked.length = 0;
    assert.deepStrictEqual((await gateway.call('driver.start')).result, {});
    // Reports wait until that is over.
    assert.deepStrictEqual(gateway.asked.slice(0, 5), [
      ['device.connect', online],
      ['device.online', online],
      ['device.connect', offline],
      ['device.offline', Object.assign({ reason: 'no answer' }, offline)],
      ['device.connect', untold],
    ]);
    await gateway.until('device.report');
  }
  assert.deepStrictEqual((await gateway.call('device.get', online)).result, { started: 'once ' });

  // What it says while it is told again is what counts.
  gateway.crash();
  assert.deepStrictEqual((await gateway.adopt()).result, { adopted: true });
  gateway.asked.length = 0;
  let held;
  gateway.answers['device.online'] = (params, id) => { held = id; };
  const again = gateway.call('driver.start');
  await gateway.until('device.online');
  assert.deepStrictEqual((await gateway.call('device.set', online)).result, {});
  gateway.write({ id: held, result: {} });
  assert.deepStrictEqual((await again).result, {});
  assert.deepStrictEqual(gateway.asked.filter(([method, p]) => p.deviceName === 'online' && method !== 'device.report')
    .map(([method]) => method), ['device.connect', 'device.online', 'device.offline', 'device.offline']);

  // A gateway that knows nothing of a device gets an error, and may ask again.
  gateway.crash();
  assert.deepStrictEqual((await gateway.adopt()).result, { adopted: true });
  gateway.answers['device.connect'] = () => ({ code: -32001, message: 'no such device' });
  assert.strictEqual((await gateway.call('driver.start')).error.message, 'no such device');
  delete gateway.answers['device.connect'];
  assert.deepStrictEqual((await gateway.call('driver.start')).result, {});
  assert.deepStrictEqual((await gateway.call('driver.stop')).result, {});
});

test('a start that is under way when another gateway comes is waited for', async (t) => {
  const gateway = await start(t, `
    const fs = require('fs');
    exports.start = async (context) => {
      fs.appendFileSync('started', 'once ');
      const device = await context.connect(context.devices[0]);
      await device.online().catch(() => {});
      while (!fs.existsSync('go')) await new Promise(setImmediate);
    };
    exports.get = () => ({ started: fs.readFileSync('started', 'utf8') });`, {
    kind: 'driver',
    handler: '',
    params: { deviceList: [{ productKey: 'p', deviceName: 'dev1' }] },
  });
  const [dev1] = gateway.params.deviceList;
  gateway.call('driver.start');
  await gateway.until('device.online');
  gateway.crash();
  assert.deepStrictEqual((await gateway.adopt()).result, { adopted: true });
  gateway.asked.length = 0;
  const again = gateway.call('driver.start');
  await gateway.call('ping');
  assert.deepStrictEqual(gateway.asked, []);
  fs.writeFileSync(path.join(gateway.folder, 'go'), '');
  assert.deepStrictEqual((await again).result, {});
  assert.deepStrictEqual(gateway.asked, [['device.connect', dev1], ['device.online', dev1]]);
  assert.deepStrictEqual((await gateway.call('device.get', dev1)).result, { started: 'once ' });
});
