"""Raises an alarm when a boiler's water gets hotter than LIMIT, and calls it off when it is cool again."""

import json
import os

import margay

LIMIT = float(os.environ.get("LIMIT", "80"))
# Off only this far below the limit, so that a value that trembles around it gives one alarm.
SPAN = 2.0

too_hot = set()


def handler(event, context):
    message = json.loads(event)
    boiler = message["topic"].split("/")[3]
    reported = json.loads(message["payload"]).get("temperature")
    if reported is None:
        return None
    temperature = reported["value"]
    if temperature > LIMIT and boiler not in too_hot:
        too_hot.add(boiler)
        return tell(boiler, "raised", temperature)
    if temperature < LIMIT - SPAN and boiler in too_hot:
        too_hot.discard(boiler)
        return tell(boiler, "over", temperature)
    return None


def tell(boiler, state, temperature):
    alarm = {"boiler": boiler, "alarm": "too hot", "state": state, "temperature": temperature, "limit": LIMIT}
    # The end too: who watches the warnings should see that one is over.
    margay.log.warning("%s too hot, %s: %.1f °C, the limit is %.0f °C", boiler, state, temperature, LIMIT)
    margay.publish("/boiler/" + boiler + "/alarm", json.dumps(alarm))
    return json.dumps(alarm)
