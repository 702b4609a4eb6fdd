"""Bytes as the protocol carries them: as text where they are UTF-8, else as base64."""

from margay._codec import dumps


def to_params(value):
    """bytes, str, None, or what JSON can hold."""
    if value is None:
        return {}
    if isinstance(value, str):
        return {"payload": value}
    if isinstance(value, (bytes, bytearray, memoryview)):
        value = bytes(value)
        try:
            return {"payload": value.decode("utf-8")}
        except UnicodeDecodeError:
            from binascii import b2a_base64

            return {"payloadBase64": b2a_base64(value, newline=False).decode("ascii")}
    return {"payload": dumps(value)}


def from_params(params):
    text = params.get("payload")
    if text is not None:
        return text.encode("utf-8", "surrogatepass")
    text = params.get("payloadBase64")
    if text is None:
        return b""
    from binascii import a2b_base64

    return a2b_base64(text)
