import json
import os

from margay import Driver


class Teller(Driver):
    """Tells its configuration as a property."""

    def start(self, context):
        self.starts = getattr(self, "starts", 0) + 1
        self.changed(context)
        for settings in context.devices:
            context.connect(settings).online()

    def changed(self, context):
        config = context.config
        self.told = {
            "kv": config.kv,
            "json": config.json,
            "files": {os.path.basename(path): open(path).read() for path in config.files},
            "devices": {settings.device_name: settings.config for settings in context.devices},
        }
        return True

    def get(self, device, properties):
        return {"told": json.dumps(dict(self.told, starts=self.starts, process=os.getpid()))}
