"""Waits until so many calls have come to a folder; answers with its process."""

import os
import tempfile
import time


def handler(event, context):
    folder, _, wanted = event.decode().partition(" ")
    os.close(tempfile.mkstemp(dir=folder)[0])
    while len(os.listdir(folder)) < int(wanted):
        time.sleep(0.01)
    return str(os.getpid())
