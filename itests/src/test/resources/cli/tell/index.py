import time

import margay


def handler(event, context):
    if event == b"fail":
        raise ValueError("this event is not for me")
    if event == b"hang":
        time.sleep(30)
    margay.log.info("told: %s", event.decode())
    return event
