"""JSON through the C parts of the standard library's json: importing all of json would cost a function's first call
four milliseconds (it needs re and enum), and json.loads and json.dumps cost a warm call several microseconds."""

try:
    from _json import encode_basestring_ascii, make_encoder, make_scanner

    class _Settings:
        strict = False
        object_hook = None
        object_pairs_hook = None
        parse_float = float
        parse_int = int
        memo = {}

        @staticmethod
        def parse_constant(name):
            raise ValueError(name + " is no JSON")

    def _unknown(value):
        if isinstance(value, (bytes, bytearray)):
            return bytes(value).decode("utf-8")
        if isinstance(value, (set, frozenset)):
            return list(value)
        raise TypeError("a " + type(value).__name__ + " can't be written as JSON")

    _scan = make_scanner(_Settings())
    _chunks = make_encoder(None, _unknown, encode_basestring_ascii, None, ":", ",", False, False, False)

    def loads(text):
        """Reads one JSON value; ValueError where it is none."""
        try:
            value, end = _scan(text, 0)
        except StopIteration:
            raise ValueError("no JSON: " + text[:80]) from None
        if text[end:].strip():
            raise ValueError("more than one JSON value: " + text[:80])
        return value

    def dumps(value):
        """Writes a value as one line of ASCII; TypeError or ValueError where JSON has no such value."""
        return "".join(_chunks(value, 0))

    if loads(dumps({"a": [1, 2.5, None, True, "\u00e9"]})) != {"a": [1, 2.5, None, True, "\u00e9"]}:
        raise ImportError("the C parts of json are not as expected")
except (ImportError, TypeError, AttributeError):
    # Another interpreter, or a version that cut these parts differently.
    from json import loads

    def dumps(value):
        from json import dumps as json_dumps

        return json_dumps(value, separators=(",", ":"), allow_nan=False)
