'use strict';
// The connection to the gateway: JSON-RPC 2.0, one message a line, over a Unix domain socket.

const net = require('net');

const MAX_MESSAGE = 8 * 1024 * 1024;
const RECONNECT_MS = 30000;

/** The gateway could not do what was asked; the message says why. code: see docs/worker-protocol.md. */
class GatewayError extends Error {
  constructor(message, code = -32603, errorType = '') {
    super(message);
    this.name = 'GatewayError';
    this.code = code;
    this.errorType = errorType;
  }
}

class Link {
  /**
   * @param path of the gateway's socket
   * @param receive called with each request and notification, and the connection on which it came
   */
  constructor(path, receive) {
    this.path = path;
    this.receive = receive;
    this.waiting = new Map();
    this.lastId = 0;
    this.rest = [];
    this.socket = null;
    this.ending = false;
  }

  /** Resolves when connected and hello is sent. */
  connect() {
    return new Promise((resolve, reject) => {
      const socket = net.connect(this.path);
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.removeListener('error', reject);
        this.socket = socket;
        this.rest = [];
        let why = 'it was closed';
        socket.on('data', (data) => this.read(data));
        socket.on('error', (e) => { why = e.message; });
        socket.on('close', () => this.lost(why));
        const hello = { protocol: 1, pid: process.pid, sdk: 'node/0.1' };
        // The first message on any connection; nothing waits for its answer.
        this.send({ jsonrpc: '2.0', id: 0, method: 'hello', params: hello });
        resolve();
      });
    });
  }

  lost(why) {
    this.socket = null;
    for (const { reject } of this.waiting.values()) {
      reject(new GatewayError('the connection to the gateway was lost: ' + why));
    }
    this.waiting.clear();
    if (!this.ending) {
      this.reconnect(0, 20);
    }
  }

  /** Pauses are counted, not the clock: the time in which this process is frozen is none of the gateway's. */
  reconnect(waited, pause) {
    this.connect().catch(() => {
      if (waited >= RECONNECT_MS) {
        console.error('margay: the gateway did not come back within %d seconds', RECONNECT_MS / 1000);
        process.exit(1);
      }
      setTimeout(() => this.reconnect(waited + pause, Math.min(1000, pause * 2)), pause);
    });
  }

  read(data) {
    let start = 0;
    for (let end = data.indexOf(10); end >= 0; end = data.indexOf(10, start)) {
      this.rest.push(data.subarray(start, end));
      const line = this.rest.length === 1 ? this.rest[0] : Buffer.concat(this.rest);
      this.rest = [];
      start = end + 1;
      if (line.length > 0) {
        this.take(line);
      }
    }
    if (start < data.length) {
      this.rest.push(data.subarray(start));
    }
  }

  take(line) {
    let message;
    try {
      message = JSON.parse(line.toString());
      if (typeof message !== 'object' || message === null || Array.isArray(message)) {
        throw new Error('a message is an object');
      }
    } catch (e) {
      this.fail(this.socket, null, -32700, 'no JSON-RPC message: ' + e.message);
      return;
    }
    if (message.method !== undefined) {
      this.receive(message, this.socket);
      return;
    }
    const waiting = this.waiting.get(message.id);
    this.waiting.delete(message.id);
    const error = message.error;
    if (!waiting) {
      if (error) {
        console.error('margay: the gateway refused a message: %s', error.message);
      }
    } else if (error) {
      waiting.reject(new GatewayError(error.message, error.code, (error.data && error.data.errorType) || ''));
    } else {
      waiting.resolve(message.result);
    }
  }

  /** Resolves with the gateway's answer. */
  request(method, params) {
    return new Promise((resolve, reject) => {
      const id = ++this.lastId;
      if (!this.socket) {
        reject(new GatewayError('the gateway is not connected'));
        return;
      }
      const line = JSON.stringify({ jsonrpc: '2.0', id, method, params }) + '\n';
      if (Buffer.byteLength(line) > MAX_MESSAGE) {
        reject(new GatewayError(`the message is longer than ${MAX_MESSAGE} bytes`, -32005));
        return;
      }
      this.waiting.set(id, { resolve, reject });
      this.socket.write(line);
    });
  }

  notify(method, params) {
    this.send({ jsonrpc: '2.0', method, params });
  }

  /** Goes to the connection of the request alone, for another gateway counts its requests anew. */
  answer(to, id, result) {
    if (id === undefined) {
      return;
    }
    const line = JSON.stringify({ jsonrpc: '2.0', id, result: result === undefined ? {} : result }) + '\n';
    if (Buffer.byteLength(line) > MAX_MESSAGE) {
      this.fail(to, id, -32000, `the result is longer than ${MAX_MESSAGE} bytes`, 'RangeError');
    } else if (to === this.socket && to) {
      to.write(line);
    }
  }

  fail(to, id, code, message, errorType, stackTrace) {
    const error = { code, message };
    if (errorType) {
      error.data = { errorType, stackTrace: stackTrace || [] };
    }
    if (to === this.socket) {
      this.send({ jsonrpc: '2.0', id: id === undefined ? null : id, error });
    }
  }

  send(message) {
    if (this.socket) {
      this.socket.write(JSON.stringify(message) + '\n');
    }
  }

  /** Sends what is left, and closes; resolves then. */
  end() {
    this.ending = true;
    return new Promise((resolve) => {
      if (!this.socket) {
        resolve();
      } else {
        this.socket.end(resolve);
      }
    });
  }
}

module.exports = { GatewayError, Link, MAX_MESSAGE };
