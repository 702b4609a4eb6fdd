"""What authors write, as mypy sees it."""

import margay


def handler(event: bytes, context: margay.Context) -> margay.Payload:
    left: int = context.remaining_ms()
    context.logger.info("%s has %d ms left", context.request_id, left)
    margay.publish("a/b", {"temperature": 21.5})
    answer: bytes = margay.invoke("other", event)
    margay.set("oven", "oven-1", {"power": 1})
    output = margay.call("oven", "oven-1", "reset", {"hard": True})
    return {
        "answer": answer.decode(),
        "temperature": margay.get("oven", "oven-1", ["temperature"])["temperature"],
        "output": output,
        "colour": margay.config().kv["colour"],
        "who": context.environment["WHO"],
    }


class Oven(margay.Driver):
    def start(self, context: margay.DriverContext) -> None:
        for settings in context.devices:
            device = context.connect(settings)
            device.online()
            if not device.report({"temperature": settings.config["start"]}):
                context.log.warning("refused")
            device.report_event("opened", {"by": "hand"})

    def get(self, device: margay.Device, properties: list[str]) -> dict[str, float]:
        return dict.fromkeys(properties, 21.5)


def careful() -> int:
    try:
        margay.log.info("a line")
    except margay.GatewayError as e:
        return e.code
    return 0
