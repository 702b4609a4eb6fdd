"""Keeps what is set, and adds."""

from margay import Driver


class Kettle(Driver):
    def start(self, context):
        self.values = {"setpoint": 0, "name": "Kessel grün"}
        for settings in context.devices:
            context.connect(settings).online()

    def get(self, device, properties):
        return {name: self.values[name] for name in properties}

    def set(self, device, values):
        self.values.update(values)

    def call(self, device, service, input):
        return {"sum": input["a"] + input["b"]}
