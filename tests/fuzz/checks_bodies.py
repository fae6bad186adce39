"""Promises about what is in bodies: forms, files, JSON."""

from __future__ import annotations

import io
import json
import math
import unicodedata
from typing import Any
from urllib.parse import unquote_plus

from quick_htag.errors import HTTPError
from quick_htag.messages.body import Body
from quick_htag.messages.forms import FormLimits, parse_body, parse_json, parse_query
from quick_htag.messages.json_text import json_dumps
from quick_htag.messages.multipart import parse_multipart
from quick_htag.messages.upload import safe_file_name

LIMITS = FormLimits(
    parts=6, part_headers=400, text=300, file=400, file_memory=50, total=3000, json_depth=12,
    json_digits=30,
)  # fmt: skip


class Dribble(io.BytesIO):
    """A file that gives a little at a time."""

    def __init__(self, data: bytes, size: int) -> None:
        super().__init__(data)
        self._size = size

    def read(self, size: int | None = -1) -> bytes:
        """At most as much as it ever gives."""
        return super().read(self._size)


def check_multipart(data: bytes, boundary: str, size: int) -> None:
    """A form means the same from memory, from a file, and as it dribbles in; or it is refused."""
    kind = f'multipart/form-data; boundary="{boundary}"'
    whole = _form(lambda: parse_body(kind, Body(data), LIMITS))
    spooled = Body(io.BytesIO(data))
    assert _form(lambda: parse_body(kind, spooled, LIMITS)) == whole
    spooled.close()
    if data and boundary in kind and '"' not in boundary and "\\" not in boundary:
        slow = _form(lambda: parse_multipart(Dribble(data, max(1, size)), boundary, LIMITS))
        assert slow == whole


def _form(parse: Any) -> Any:
    """Every field and file of a form, or the status that refuses it."""
    try:
        fields, files = parse()
    except HTTPError as error:
        assert 400 <= error.status < 500, error
        return error.status
    found = {name: fields.get_all(name) for name in fields}
    for name in files:
        for upload in files.get_all(name):
            assert upload.filename == safe_file_name(upload.raw_filename)
            content = upload.read()
            assert len(content) == upload.size <= LIMITS.file
            found.setdefault(name, []).append((upload.raw_filename, upload.content_type, content))
            upload.close()
    return found


def check_query(text: str) -> None:
    """A form is read as somebody would who reads it by hand."""
    expected: dict[str, Any] = {}
    for item in text.split("&"):
        name, equals, value = item.partition("=")
        if name:
            given = unquote_plus(value) if equals else True
            expected.setdefault(unquote_plus(name), []).append(given)
    found = parse_query(text)
    assert {name: found.get_all(name) for name in found} == expected
    assert dict(found) == {name: values[-1] for name, values in expected.items()}


def check_json(data: bytes) -> None:
    """JSON is what Python takes for it, less deep and with fewer digits; or it is refused."""
    try:
        value = parse_json(data, LIMITS)
    except HTTPError as error:
        assert error.status == 400
        return
    assert same(value, json.loads(data))
    assert _depth(value) <= LIMITS.json_depth
    ordered = json.loads(json.dumps(_written(value), sort_keys=True))  # as ours has the keys
    assert same(json.loads(json_dumps(value)), ordered)


def check_json_text(value: Any) -> None:
    """What is written is what Python writes, apart from numbers that JSON has not."""
    assert json_dumps(value) == json.dumps(_written(value), indent=2, sort_keys=True)


def _depth(value: Any) -> int:
    inner = (
        value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    )
    return 0 if inner is None else 1 + max(map(_depth, inner), default=0)


def _written(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _written(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_written(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if value != value else "Infinity" if value > 0 else "-Infinity"
    return value


def same(left: Any, right: Any) -> bool:
    """Equal, and NaN is NaN."""
    return repr(left) == repr(right)


def check_file_name(name: str) -> None:
    """What is made of the name of an upload is one harmless name, and making it twice is enough."""
    safe = safe_file_name(name)
    assert safe_file_name(safe) == safe
    assert len(safe.encode()) <= 200
    assert not set(safe) & set('/\\:*?"<>|\0\r\n\t')
    assert safe == safe.strip(" .")
    assert not {unicodedata.category(one) for one in safe} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
