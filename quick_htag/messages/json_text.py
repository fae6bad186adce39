"""JSON text as quick_server writes it: indented by two, keys sorted, ASCII only.

The C encoder of the standard library gives up on ``indent`` before Python 3.14, and its Python
fallback is several times slower than the few lines here, which stand on every JSON answer.
"""

from __future__ import annotations

from collections.abc import Callable
from json.encoder import encode_basestring_ascii as _quote
from typing import Any

_INFINITY = float("inf")


def json_dumps(obj: object) -> str:
    """``obj`` as JSON: ``json.dumps(obj, indent=2, sort_keys=True)``, with two differences.

    ``NaN``, ``Infinity`` and ``-Infinity``, which JSON has not, become strings; keys of several
    types, which do not sort, are sorted by their text.

    Raises:
        TypeError: something in it is not JSON.
        ValueError: it is nested too deep, or contains itself.

    """
    return json_bytes(obj).decode("ascii")


def json_bytes(obj: Any) -> bytes:
    """``json_dumps``, as it is sent.

    Raises:
        TypeError: something in it is not JSON.
        ValueError: it is nested too deep, or contains itself.

    """
    try:
        text = _object(obj, "\n") if obj.__class__ is dict else _write(obj, "\n")
    except RecursionError:
        raise ValueError("cannot write JSON: nested too deep, or it contains itself") from None
    return text.encode("ascii")


def _float(value: float) -> str:
    if value != value:
        return '"NaN"'
    if value == _INFINITY:
        return '"Infinity"'
    if value == -_INFINITY:
        return '"-Infinity"'
    return float.__repr__(value)


_SCALARS: dict[type, Callable[[Any], str]] = {
    str: _quote,
    int: int.__repr__,
    float: _float,
    bool: lambda value: "true" if value else "false",
    type(None): lambda value: "null",
}


def _write(value: object, newline: str) -> str:
    scalar = _SCALARS.get(value.__class__)
    if scalar is not None:
        return scalar(value)
    if isinstance(value, dict):
        return _object(value, newline)
    if isinstance(value, (list, tuple)):
        return _array(value, newline)
    for kind in (str, int, float):  # their subclasses, such as enumerations
        if isinstance(value, kind):
            return _SCALARS[kind](value)
    raise TypeError(
        f"cannot write {type(value).__name__} as JSON; "
        "use dict, list, tuple, str, int, float, bool or None"
    )


def _array(values: list[Any] | tuple[Any, ...], newline: str) -> str:
    if not values:
        return "[]"
    inner = newline + "  "
    texts = [_write(item, inner) for item in values]
    return f"[{inner}{f',{inner}'.join(texts)}{newline}]"


def _object(values: dict[Any, Any], newline: str) -> str:
    if not values:
        return "{}"
    try:
        keys = sorted(values)
    except TypeError:  # the keys are of several types
        keys = sorted(values, key=_key)
    inner = newline + "  "
    texts = []
    for key in keys:
        value = values[key]
        name = _quote(key if key.__class__ is str else _key(key))
        kind = value.__class__
        if kind is str:  # most values are texts and numbers: two thirds of the time without a call
            texts.append(f"{name}: {_quote(value)}")
        elif kind is int:
            texts.append(f"{name}: {value}")
        else:
            scalar = _SCALARS.get(kind)
            texts.append(f"{name}: {_write(value, inner) if scalar is None else scalar(value)}")
    return f"{{{inner}{f',{inner}'.join(texts)}{newline}}}"


def _key(key: object) -> str:
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, (bool, int)):
        return _write(key, "")
    if isinstance(key, float):
        return _float(key).strip('"')
    raise TypeError(
        f"cannot write {type(key).__name__} as a JSON key; use str, int, float, bool or None"
    )
