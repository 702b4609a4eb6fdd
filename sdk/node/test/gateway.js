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
    gateway.stderr = '';
    gateway.heard = () => {};
    gateway.socket = path.join(gateway.folder, 's');
    fs.writeFileSync(path.join(gateway.folder, file), code);
    await gateway.listen();
    gateway.process = spawn(process.execPath, [path.join(SDK, 'margay', 'bootstrap.js')], {
      cwd: gateway.folder,
      env: {
        PATH: process.env.PATH,
        NODE_PATH: SDK,
        MARGAY_SOCKET: gateway.socket,
        MARGAY_KIND: kind,
        MARGAY_HANDLER: handler,
        FUNCTION_NAME: 'f',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    gateway.process.stderr.on('data', (data) => { gateway.stderr += data; });
    gateway.exited = once(gateway.process, 'close').then(([exitCode]) => exitCode);
    await gateway.accept();
    gateway.params = Object.assign({ kind, name: 'f', handler }, params);
    gateway.started = gateway.call('initialize', gateway.params);
    return gateway;
  }

  async listen() {
    this.lastId = 0;
    this.server = net.createServer();
    this.server.listen(this.socket);
    await once(this.server, 'listening');
  }

  /** As with SIGKILL: its socket stays there as a file that nobody listens on. */
  crash() {
    fs.renameSync(this.socket, this.socket + '-killed');
    this.connection.destroy();
    this.server.close();
    fs.renameSync(this.socket + '-killed', this.socket);
  }

  /** Another gateway on the same path, which counts its requests anew. */
  async comeBack() {
    fs.unlinkSync(this.socket);
    await this.listen();
    await this.accept();
  }

  async adopt() {
    await this.comeBack();
    return this.call('initialize', Object.assign({}, this.params, { generation: 2 }));
  }

  /** Resolves when the worker has asked for it. */
  async until(method) {
    while (this.asked.every(([each]) => each !== method)) {
      await new Promise((resolve) => { this.heard = resolve; });
    }
  }

  async accept() {
    const [connection] = await once(this.server, 'connection');
    this.connection = connection;
    const ignore = () => {}; // of a worker that is killed before it has read all
    connection.on('error', ignore);
    const hello = new Promise((resolve) => { this.hello = resolve; });
    readline.createInterface({ input: connection })
      .on('error', ignore)
      .on('line', (line) => this.take(JSON.parse(line)));
    return hello;
  }

  take(message) {
    if (message.method === 'hello') {
      this.write({ id: message.id, result: {} });
      this.hello(message.params);
    } else if (message.method) {
      this.asked.push([message.method, message.params]);
      if (message.id !== undefined) {
        const answer = (this.answers[message.method] || (() => ({})))(message.params, message.id);
        if (answer) {
          this.write({ id: message.id, [answer.code ? 'error' : 'result']: answer });
        }
      }
      this.heard();
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
