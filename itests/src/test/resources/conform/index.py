"""Does what each event says; the same in each language."""

import json
import os
import time

import margay


def routed(message, context):
    """A message of a route, or a timer's event."""
    name = message["triggerName"] if "triggerName" in message else message["topic"]
    context.logger.warning("got %s: %s", name, message["payload"])


def handler(event, context):
    verb, _, rest = event.partition(b" ")
    if event.startswith(b"{"):
        return routed(json.loads(event), context)
    if verb == b"echo":
        return rest
    text = rest.decode()
    if verb == b"fail":
        raise ValueError(text)
    if verb == b"context":
        return {
            "name": context.function_name,
            "request": context.request_id,
            "invoker": context.invoker_context,
            "left": 0 < context.remaining_ms() <= 10000,
            "own": os.environ["WHO"],
            "given": context.environment["WHO"],
            "named": os.environ["FUNCTION_NAME"],
            "id": os.environ["FUNCTION_ID"],
        }
    if verb == b"config":
        config = margay.config()
        return {"kv": config.kv, "json": config.json}
    if verb == b"publish":
        margay.publish(text, "hello")
    elif verb == b"call":
        return margay.invoke(text, b"echo called")
    elif verb == b"get":
        return margay.get(text, "kettle-1", ["setpoint", "name"])
    elif verb == b"set":
        margay.set("kettle", "kettle-1", {"setpoint": int(text)})
    elif verb == b"service":
        return margay.call("kettle", "kettle-1", "add", {"a": int(text), "b": 1})
    elif verb == b"hold":
        with open(text) as pipe:
            context.logger.warning("was held until %s", pipe.readline().strip())
    elif verb == b"log":
        context.logger.warning(text)
    elif verb == b"sleep":
        time.sleep(600)
    elif verb == b"end":
        os._exit(3)
    return None
