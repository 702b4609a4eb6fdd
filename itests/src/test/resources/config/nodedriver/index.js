'use strict';
const fs = require('fs');
const path = require('path');

/** Tells its configuration as a property. */
exports.Driver = class {
  async start(context) {
    this.starts = (this.starts || 0) + 1;
    this.changed(context);
    for (const settings of context.devices) {
      await (await context.connect(settings)).online();
    }
  }

  changed({ config, devices }) {
    this.told = {
      kv: config.kv,
      json: config.json,
      files: Object.fromEntries(config.files.map((file) => [path.basename(file), fs.readFileSync(file, 'utf8')])),
      devices: Object.fromEntries(devices.map((settings) => [settings.deviceName, settings.config])),
    };
    return true;
  }

  get() {
    return { told: JSON.stringify({ ...this.told, starts: this.starts, process: process.pid }) };
  }
};
