'use strict';

// Tells whether a temperature is too high. The gateway calls handler for each event.

const LIMIT = 80;

exports.handler = async (event, context) => {
  const { temperature } = JSON.parse(event);
  context.logger.info('%d degrees', temperature);
  return { temperature, alarm: temperature > LIMIT };
};
