'use strict';
// What the gateway starts: node .../margay/bootstrap.js in the package's folder.

const fs = require('fs');
const path = require('path');
const { take } = require('./config');
const sdk = require('./index');
const { Link } = require('./link');
const { fromParams, toParams } = require('./payload');

/** The package does not hold what it should; the message is for its author. */
class Refused extends Error {}

const link = new Link(process.env.MARGAY_SOCKET, receive);
const methods = { initialize, ping: () => ({}), invoke };
let name = process.env.FUNCTION_NAME || '';
let handler = null;
let driver = null;
let loading = null;

/** The surroundings of one call. */
class Context {
  constructor(params) {
    this.requestId = params.requestId || '';
    this.functionName = name;
    this.invokerContext = params.invokerContext || {};
    this.logger = sdk.log;
    this.deadline = Date.now() + (params.deadlineMs || 0);
  }

  /** Milliseconds until the call counts as failed; 0 when it is over. */
  remainingMs() {
    return Math.max(0, this.deadline - Date.now());
  }

  getRemainingTimeInMillis() {
    return this.remainingMs();
  }

  get environment() {
    return process.env;
  }
}

async function load(file, handlerText) {
  const base = path.join(process.cwd(), file);
  const found = [base + '.js', base + '.cjs', base + '.mjs', path.join(base, 'index.js')].find((f) => fs.existsSync(f));
  if (!found) {
    throw new Refused(`the package has no ${file}.js, which the handler '${handlerText}' names`);
  }
  if (found.endsWith('.mjs')) {
    return import('file://' + encodeURI(found));
  }
  try {
    return require(found);
  } catch (e) {
    if (e.code === 'ERR_REQUIRE_ESM') {
      return import('file://' + encodeURI(found));
    }
    if (e instanceof SyntaxError) {
      // Its message lacks the place; the trace begins with it: /the/package/index.js:3
      const place = /^(.*):(\d+)$/.exec(String(e.stack).split('\n', 1)[0]);
      e.message += place ? ` (${path.basename(place[1])}, line ${place[2]})` : '';
    }
    throw e;
  }
}

async function initialize(params) {
  name = params.name || name;
  if (!loading) {
    loading = begin(params);
    await loading;
    return {};
  }
  // Another gateway takes over what runs, or is still being loaded; nothing is loaded again.
  await loading;
  if (driver) {
    driver.adopt(params);
  }
  return { adopted: true };
}

/** Sets what the process was not started with: the secret ones in a container, whose engine would write them down. */
function takeEnvironment(variables) {
  for (const [key, value] of Object.entries(variables)) {
    // The gateway has put the SDK's folder before the workload's own.
    if (process.env[key] !== value && !(key === 'NODE_PATH' && key in process.env)) {
      process.env[key] = value;
    }
  }
}

async function begin(params) {
  takeEnvironment(params.environment || {});
  take(params.config);
  const kind = params.kind || process.env.MARGAY_KIND;
  const text = params.handler || process.env.MARGAY_HANDLER || '';
  const dot = text.lastIndexOf('.');
  const file = dot < 0 ? text || 'index' : text.slice(0, dot);
  const wanted = dot < 0 ? '' : text.slice(dot + 1);
  const module = await load(file, text);
  const all = module.default ? Object.assign({}, module.default, module) : module;
  if (kind === 'driver') {
    const { Host } = require('./driver');
    driver = new Host(link, driverIn(all, wanted, file), params);
    Object.assign(methods, driver.methods);
  } else {
    handler = all[wanted || 'handler'];
    if (typeof handler !== 'function') {
      throw new Refused(`${file}.js exports no function '${wanted || 'handler'}', which the handler '${text}' names`);
    }
  }
}

function driverIn(all, wanted, file) {
  const names = wanted && wanted !== 'handler' ? [wanted] : ['handler', 'Driver', 'driver'];
  let found = names.map((each) => all[each]).find((each) => each !== undefined);
  if (found === undefined && names.length > 1) {
    found = all;
  }
  if (typeof found === 'function') {
    found = new found(); // eslint-disable-line new-cap
  }
  if (!found || typeof found.start !== 'function') {
    throw new Refused(`${file}.js exports no driver: a class or object with a method start(context) is wanted`);
  }
  return found;
}

async function invoke(params) {
  if (!handler) {
    throw new Refused('initialize has not been called');
  }
  return toParams(await callHandler(fromParams(params), new Context(params)));
}

function callHandler(event, context) {
  return new Promise((resolve, reject) => {
    const callback = (error, value) => (error ? reject(error) : resolve(value));
    const returned = handler(event, context, callback);
    if (returned && typeof returned.then === 'function') {
      returned.then(resolve, reject);
    } else if (returned !== undefined || handler.length < 3) {
      resolve(returned);
    }
  });
}

async function receive({ id, method, params = {} }, from) {
  if (method === 'shutdown') {
    await shutDown();
    return;
  }
  const run = methods[method];
  if (!run) {
    link.fail(from, id, -32601, 'this worker has no method ' + method);
    return;
  }
  try {
    link.answer(from, id, await run(params));
  } catch (thrown) {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const starting = method === 'initialize';
    const notThere = error.constructor.name === 'NotThere';
    const type = error instanceof Refused ? 'Refused' : notThere ? 'NotThere' : error.name;
    // What keeps it from starting is on standard error, for the gateway tells that with the exit.
    link.fail(from, id, notThere ? -32001 : -32000, error.message, type, starting || notThere ? [] : frames(error));
    if (starting) {
      console.error('%s', error instanceof Refused ? 'margay: ' + error.message : error.stack);
      await link.end();
      process.exit(1);
    }
  }
}

function frames(error) {
  const lines = String(error.stack || '').split('\n').slice(1).map((line) => line.trim());
  return lines.filter((line) => !line.includes(__dirname));
}

async function shutDown() {
  if (driver && driver.started) {
    try {
      await driver.stop();
    } catch (e) {
      console.error('the driver failed to stop: %s', e.stack || e);
    }
  }
  await link.end();
  process.exit(0);
}

/** Waits for the line that says which worker this process becomes; ends where none comes, as when the gateway is gone. */
function become() {
  const chunk = Buffer.alloc(65536);
  let line = Buffer.alloc(0);
  while (line.indexOf(10) < 0) {
    const n = fs.readSync(0, chunk);
    if (n === 0) {
      process.exit(0);
    }
    line = Buffer.concat([line, chunk.subarray(0, n)]);
  }
  const { folder, environment } = JSON.parse(line.toString()).params;
  Object.keys(process.env).filter((key) => !(key in environment)).forEach((key) => delete process.env[key]);
  Object.assign(process.env, environment);
  process.chdir(folder);
  name = process.env.FUNCTION_NAME || '';
}

if (process.argv[2] === '--spare') {
  process.argv.splice(2, 1);
  become();
}
if (!process.env.MARGAY_SOCKET) {
  console.error('margay: MARGAY_SOCKET is not set; the gateway starts this, see the README of the SDK');
  process.exit(1);
}
if (process.env.MARGAY_ANNOUNCE) {
  require('./announce').announce();
}
sdk._attach(link);
link.connect().catch((e) => {
  console.error('margay: no gateway listens on %s: %s', process.env.MARGAY_SOCKET, e.message);
  process.exit(1);
});
