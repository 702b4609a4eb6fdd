'use strict';

// Connects ovens, which it makes up: each second one goes a tenth of the way to its wanted temperature.

/** What talks to a device; put yours in its place. */
class Oven {
  constructor(temperature) {
    this.temperature = temperature;
    this.target = temperature;
  }

  step() {
    this.temperature += (this.target - this.temperature) / 10;
  }
}

exports.Driver = class {
  async start(context) {
    this.ovens = new Map();
    for (const settings of context.devices) {
      const oven = new Oven(settings.config.start ?? 20);
      this.ovens.set(settings.deviceName, oven);
      const device = await context.connect(settings);
      await device.online();
      context.every(1, () => this.poll(device, oven));
    }
  }

  async poll(device, oven) {
    oven.step();
    await device.report({ temperature: oven.temperature });
  }

  get(device) {
    const { temperature, target } = this.ovens.get(device.deviceName);
    return { temperature, target };
  }

  set(device, values) {
    this.ovens.get(device.deviceName).target = values.target;
  }
};
