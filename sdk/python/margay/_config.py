"""The configuration of a driver or function."""


class Configuration:
    """A workload's configuration; one of the three is filled. kv: dict; json: dict; files: list of paths."""

    def __init__(self, config):
        kv = config.get("kv") or {}
        if not isinstance(kv, dict):
            kv = {e.get("key", e.get("name")): e.get("value") for e in kv}
        self.kv = kv
        self.json = config.get("json") or {}
        files = config.get("fileList") or []
        self.files = [f.get("path") if isinstance(f, dict) else f for f in files]


# As initialize brought it.
given = {}


def config():
    return Configuration(given)
