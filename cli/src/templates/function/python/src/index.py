"""Tells whether a temperature is too high. The gateway calls handler for each event."""

import json

LIMIT = 80


def handler(event, context):
    temperature = json.loads(event)["temperature"]
    context.logger.info("%.1f degrees", temperature)
    return {"temperature": temperature, "alarm": temperature > LIMIT}
