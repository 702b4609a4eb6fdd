"""The function of all sides: its event is JSON, its result too."""
import json


def handler(event, context):
    reading = json.loads(event)
    return json.dumps({"alarm": reading["temperature"] > 80})
