import os

import margay


def handler(event, context):
    config = margay.config()
    files = {os.path.basename(path): open(path).read() for path in config.files}
    return {"kv": config.kv, "json": config.json, "files": files, "process": os.getpid()}
