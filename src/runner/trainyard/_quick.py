"""Signals, JSON and the like without what the public modules bring along (enum, re, collections).

Together those would add half of a bare interpreter's start-up to every start of a training. Where the parts
below are missing, the public modules are used.
"""

try:
    import _signal as signal
except ImportError:
    import signal

try:
    from _json import encode_basestring_ascii as quote
    from _json import make_scanner

    class _Defaults:
        """What `json.JSONDecoder` tells the scanner."""

        strict = True
        object_hook = object_pairs_hook = None
        parse_float, parse_int, parse_constant = float, int, float
        memo = {}  # noqa: RUF012

    _scan = make_scanner(_Defaults)

    def parse(text):
        """The value of a JSON text. Raises ValueError where it is none."""
        try:
            value, end = _scan(text, 0)
            if end == len(text):
                return value
        except Exception:
            # Without the public module it can't even say what is wrong (Python 3.11).
            pass
        import json

        return json.loads(text)

except ImportError:
    from json import dumps as quote
    from json import loads as parse

__all__ = ["ignoring", "parse", "quote", "signal", "text_of"]


class ignoring:
    """As `contextlib.suppress`."""

    def __init__(self, *kinds):
        self._kinds = kinds

    def __enter__(self):
        pass

    def __exit__(self, kind, *_):
        return kind is not None and issubclass(kind, self._kinds)


def text_of(value):
    """JSON of what our files have: dicts and lists of str, int, float, bool and None."""
    if isinstance(value, str):
        return quote(value)
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return f"{{{','.join(f'{quote(str(name))}:{text_of(one)}' for name, one in value.items())}}}"
    if isinstance(value, (list, tuple)):
        return f"[{','.join(map(text_of, value))}]"
    return repr(value)
