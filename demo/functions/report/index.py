"""Called by a timer: asks the boiler for its values and publishes one line that a person can read."""

import json
import os

import margay

PRODUCT = os.environ.get("PRODUCT", "boiler")
DEVICE = os.environ.get("DEVICE", "boiler-1")


def handler(event, context):
    values = margay.get(PRODUCT, DEVICE, ["temperature", "pressure", "level", "flame", "setpoint", "runTime"])
    line = "{}: {:.1f} °C of {:.1f} °C, {:.2f} bar, water {:.0f} %, flame {}, burned for {} min".format(
        DEVICE,
        values["temperature"],
        values["setpoint"],
        values["pressure"],
        values["level"],
        "on" if values["flame"] else "off",
        int(values["runTime"]) // 60,
    )
    margay.publish("/boiler/" + DEVICE + "/report", json.dumps({"report": line, "values": values}, ensure_ascii=False))
    return line
