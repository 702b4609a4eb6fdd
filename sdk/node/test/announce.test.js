'use strict';
// node --test, in sdk/node.

const assert = require('assert');
const dgram = require('dgram');
const { once } = require('events');
const fs = require('fs');
const os = require('os');
const path = require('path');
const test = require('node:test');
const { announce } = require('../margay/announce');

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';

function routes(t, ...lines) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mg'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const file = path.join(folder, 'route');
  fs.writeFileSync(file, HEAD + lines.map((line) => line + '\n').join(''));
  return file;
}

test('an announcement goes to the next hop of the default route', async (t) => {
  const receiver = dgram.createSocket('udp4');
  t.after(() => receiver.close());
  receiver.bind(0, '127.0.0.1');
  await once(receiver, 'listening');
  const heard = once(receiver, 'message');
  const hop = os.endianness() === 'LE' ? '0100007F' : '7F000001';
  announce(
    routes(
      t,
      'eth0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0',
      `eth0\t00000000\t${hop}\t0003\t0\t0\t0\t00000000\t0\t0\t0`,
    ),
    receiver.address().port,
  );
  assert.strictEqual((await heard)[0].length, 0);
});

test('an announcement is left out where nobody is there', (t) => {
  announce('/nowhere/route');
  announce(routes(t, 'eth0\t00000000\tnonsense\t0003'));
  announce(routes(t, 'eth0'));
});
