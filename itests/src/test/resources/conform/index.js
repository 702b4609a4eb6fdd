// Does what each event says; the same in each language.
const fs = require('fs');
const margay = require('margay');

function routed(message, context) {
  context.logger.warn(`got ${message.triggerName || message.topic}: ${message.payload}`);
}

exports.handler = async (event, context) => {
  const blank = event.indexOf(' ');
  const verb = (blank < 0 ? event : event.subarray(0, blank)).toString();
  const rest = blank < 0 ? Buffer.alloc(0) : event.subarray(blank + 1);
  const text = rest.toString();
  if (verb.startsWith('{')) {
    return routed(JSON.parse(event), context);
  }
  switch (verb) {
    case 'echo':
      return rest;
    case 'fail':
      throw new RangeError(text);
    case 'context':
      return {
        name: context.functionName,
        request: context.requestId,
        invoker: context.invokerContext,
        left: context.remainingMs() > 0 && context.remainingMs() <= 10000,
        own: process.env.WHO,
        given: context.environment.WHO,
        named: process.env.FUNCTION_NAME,
        id: process.env.FUNCTION_ID,
      };
    case 'config': {
      const { kv, json } = margay.config();
      return { kv, json };
    }
    case 'publish':
      await margay.publish(text, 'hello');
      return undefined;
    case 'call':
      return margay.invoke(text, 'echo called');
    case 'get':
      return margay.get(text, 'kettle-1', ['setpoint', 'name']);
    case 'set':
      await margay.set('kettle', 'kettle-1', { setpoint: Number(text) });
      return undefined;
    case 'service':
      return margay.call('kettle', 'kettle-1', 'add', { a: Number(text), b: 1 });
    case 'hold': {
      const pipe = await fs.promises.open(text);
      const { buffer, bytesRead } = await pipe.read(Buffer.alloc(64), 0, 64, null);
      await pipe.close();
      context.logger.warn(`was held until ${buffer.toString('utf8', 0, bytesRead).trim()}`);
      return undefined;
    }
    case 'log':
      context.logger.warn(text);
      return undefined;
    case 'sleep':
      await new Promise((resolve) => setTimeout(resolve, 600_000));
      return undefined;
    case 'end':
      process.exit(3);
      break;
    default:
  }
  return undefined;
};
