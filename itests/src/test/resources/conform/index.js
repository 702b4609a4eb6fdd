// Does what each event says; the same in each language.
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
        left: context.remainingMs() > 0 && context.remainingMs() <= 10000,
        own: process.env.WHO,
        given: context.environment.WHO,
        id: process.env.FUNCTION_ID,
      };
    case 'config':
      return margay.config().kv[text];
    case 'publish':
      await margay.publish(text, 'hello');
      return undefined;
    case 'call':
      return margay.invoke(text, 'echo called');
    case 'get':
      return margay.get('no-product', 'no-device');
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
