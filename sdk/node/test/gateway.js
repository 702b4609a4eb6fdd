'use strict';
// A tiny gateway for the tests: one worker, and the messages as they come.

const { spawn } = require('child_process');
const { once } = require('events');
const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const readline = require('readline');

const SDK = path.dirname(__dirname);

class Gateway {
  static async start(code, { kind = 'function', handler = 'index.handler', params = {}, file = 'index.js' } = {}) {
    const gateway = new Gateway();
    gateway.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mg'));
    gateway.asked = [];
    gateway.answers = {};
    gateway.waiting = new Map();
    gateway.unknown = [];
    gateway.lastId = 0;
    gateway.stderr = '';
    const socket = path.join(gateway.folder, 's');
    fs.writeFileSync(path.join(gateway.folder, file), code);
    gateway.server = net.createServer();
    gateway.server.listen(socket);
    await once(gateway.server, 'listening');
    gateway.process = spawn(process.execPath, [path.join(SDK, 'margay', 'bootstrap.js')], {
      cwd: gateway.folder,
      env: {
        PATH: process.env.PATH,
        NODE_PATH: SDK,
        MARGAY_SOCKET: socket,
        MARGAY_KIND: kind,
        MARGAY_HANDLER: handler,
        FUNCTION_NAME: 'f',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    gateway.process.stderr.on('data', (data) => { gateway.stderr += data; });
    gateway.exited = once(gateway.process, 'close').then(([exitCode]) => exitCode);
    await gateway.accept();
    gateway.started = gateway.call('initialize', Object.assign({ kind, name: 'f', handler }, params));
    return gateway;
  }

  async accept() {
    const [connection] = await once(this.server, 'connection');
    this.connection = connection;
    const hello = new Promise((resolve) => { this.hello = resolve; });
    readline.createInterface({ input: connection }).on('line', (line) => this.take(JSON.parse(line)));
    return hello;
  }

  take(message) {
    if (message.method === 'hello') {
      this.write({ id: message.id, result: {} });
      this.hello(message.params);
    } else if (message.method) {
      this.asked.push([message.method, message.params]);
      if (message.id !== undefined) {
        const answer = (this.answers[message.method] || (() => ({})))(message.params);
        this.write({ id: message.id, [answer.code ? 'error' : 'result']: answer });
      }
    } else if (this.waiting.has(message.id)) {
      this.waiting.get(message.id)(message);
    } else {
      this.unknown.push(message);
    }
  }

  write(message) {
    this.connection.write(JSON.stringify(Object.assign({ jsonrpc: '2.0' }, message)) + '\n');
  }

  call(method, params = {}) {
    const id = ++this.lastId;
    this.write({ id, method, params });
    return new Promise((resolve) => this.waiting.set(id, resolve));
  }

  invoke(payload, more = {}) {
    return this.call('invoke', Object.assign({ requestId: 'r1', payload, deadlineMs: 5000 }, more));
  }

  async close() {
    this.process.kill('SIGKILL');
    await this.exited;
    this.connection.destroy();
    this.server.close();
    fs.rmSync(this.folder, { recursive: true });
  }
}

module.exports = { Gateway };
