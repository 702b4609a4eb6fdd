import * as margay from 'margay';
import type { Context, Device, Driver, DriverContext, Handler } from 'margay';

export const handler: Handler = async (event, context: Context) => {
  const left: number = context.remainingMs();
  context.logger.info('%s has %d ms left', context.requestId, left);
  await margay.publish('a/b', { temperature: 21.5 });
  const answer: Buffer = await margay.invoke('other', event);
  await margay.set('oven', 'oven-1', { power: 1 });
  const output = await margay.call('oven', 'oven-1', 'reset', { hard: true });
  const { temperature } = await margay.get('oven', 'oven-1', ['temperature']);
  return { answer: answer.toString(), temperature, output, colour: margay.config().kv.colour, id: context.functionName };
};

export const old: Handler = (event, context, callback) => {
  if (context.getRemainingTimeInMillis() > 0) {
    callback(null, event);
  } else {
    callback(new Error('too late'));
  }
};

export class Oven implements Driver {
  async start(context: DriverContext) {
    for (const settings of context.devices) {
      const device: Device = await context.connect(settings, this);
      await device.online();
      const { accepted } = await device.report({ temperature: settings.config.start });
      if (!accepted) {
        context.log.warn('refused');
      }
      await device.reportEvent('opened', { by: 'hand' });
    }
  }

  get(device: Device, properties: string[]) {
    return Object.fromEntries(properties.map((each) => [each, device.deviceName.length]));
  }
}

export function careful(): number {
  try {
    margay.log.info('a line');
  } catch (e) {
    return e instanceof margay.GatewayError ? e.code : -1;
  }
  return 0;
}
