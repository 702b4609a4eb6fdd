"""Connects ovens, which it makes up: each second one goes a tenth of the way to its wanted temperature."""

from margay import Driver


class Oven:
    """What talks to a device; put yours in its place."""

    def __init__(self, temperature):
        self.temperature = temperature
        self.target = temperature

    def step(self):
        self.temperature += (self.target - self.temperature) / 10


class OvenDriver(Driver):
    def start(self, context):
        self.ovens = {}
        for settings in context.devices:
            oven = Oven(settings.config.get("start", 20))
            self.ovens[settings.device_name] = oven
            device = context.connect(settings)
            device.online()
            context.every(1, lambda d=device, o=oven: self.poll(d, o))

    def poll(self, device, oven):
        oven.step()
        device.report({"temperature": oven.temperature})

    def get(self, device, properties):
        oven = self.ovens[device.device_name]
        return {"temperature": oven.temperature, "target": oven.target}

    def set(self, device, values):
        self.ovens[device.device_name].target = values["target"]
