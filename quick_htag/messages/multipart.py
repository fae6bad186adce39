"""multipart/form-data read from a file without holding it (RFC 7578, RFC 2046 section 5.1)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import unquote

from ..errors import HTTPError
from ..settings import KIB
from .charsets import decode_text
from .form_limits import FormLimits
from .params import Params
from .spool import Spool
from .upload import Upload

_CHUNK = 64 * KIB
_PADDING = 64  # white space accepted after a delimiter
_LOOK_AHEAD = _PADDING + 4
_LINE_REST = re.compile(rb"--[ \t]{0,%d}(?:\r\n|\Z)|[ \t]{0,%d}\r\n" % (_PADDING, _PADDING))
_PARAMETER = re.compile(r';[ \t]*([^\s=;"]+)[ \t]*=[ \t]*("(?:[^"\\]|\\.)*"|[^;]*)')
_ESCAPED = re.compile(r'\\(["\\])')
_FIELD = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):([\t\x20-\x7e\x80-\xff]*)")
_OPTIONS = re.compile(
    r'[^;"]*(?:;[ \t]*[^\s=;"]+[ \t]*=(?:[ \t]*"(?:[^"\\]|\\.)*"[ \t]*|[^;"]*))*(?:;[ \t]*)?'
)
_BOUNDARY = re.compile(r"[ -~]{0,199}[!-~]")  # RFC 2046 allows 70 of these; some clients take more
_IDENTITIES = frozenset(("7bit", "8bit", "binary"))
_BROWSER_ESCAPES = (("%22", '"'), ("%0D", "\r"), ("%0A", "\n"))


def parse_options(value: str) -> tuple[str, dict[str, str]]:
    """A field value such as ``text/html; charset=utf-8``: the first word and the parameters.

    The word and the names are lower case; of repeated parameters the first wins.
    """
    options: dict[str, str] = {}
    for match in _PARAMETER.finditer(value):
        text = match[2].strip(" \t")
        if len(text) >= 2 and text[0] == text[-1] == '"':
            text = _ESCAPED.sub(r"\1", text[1:-1])
        options.setdefault(match[1].lower(), text)
    return value.partition(";")[0].strip(" \t").lower(), options


class _Scanner:
    """Cuts a file at its delimiters; holds a window of the file, never all of it."""

    def __init__(self, file: BinaryIO, boundary: str) -> None:
        self._file = file
        self._delimiter = b"\r\n--" + boundary.encode("latin-1")
        self._buffer = b"\r\n"  # the line break that the first delimiter may lack
        self._before = -2  # of the file, before the buffer; the line break is not in it
        self._skip = 0  # bytes at the begin of the buffer that are a delimiter's or nobody's
        self._exhausted = False
        self.closed = False  # the last delimiter was the closing one

    @property
    def position(self) -> int:
        """Where in the file the content begins that comes next."""
        return self._before + self._skip

    def _cut(self, size: int) -> None:
        """Forget the begin of the buffer."""
        self._buffer = self._buffer[size:]
        self._before += size

    def content(self) -> Iterator[bytes]:
        """Yield what stands before the next delimiter, and pass over that."""
        start = 0
        while True:
            at = self._buffer.find(self._delimiter, start)
            if at >= 0:
                end = at + len(self._delimiter)
                self._need(end + _LOOK_AHEAD)
                rest = _LINE_REST.match(self._buffer, end)
                if rest is None:  # content that only begins like a delimiter
                    start = end
                    continue
                yield self._buffer[self._skip : at]
                self._cut(rest.end())
                self.closed = rest[0].startswith(b"--")
                return
            safe = max(start, len(self._buffer) - len(self._delimiter) + 1)
            if safe > self._skip:
                yield self._buffer[self._skip : safe]
                self._cut(safe)
                self._skip = 0
                start = 0
            if self._exhausted:
                raise HTTPError(400, "the form data end before their closing boundary")
            self._fill()

    def headers(self, limit: int) -> bytes:
        """The header lines of a part; the content is next."""
        self._need(2)
        if self._buffer.startswith(b"\r\n"):
            raise HTTPError(400, "a part of the form has no headers")
        while (at := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > limit or self._exhausted:
                break
            self._fill()
        if not 0 <= at <= limit:
            raise HTTPError(400, "the headers of a part of the form do not end, or are too long")
        block = self._buffer[:at]
        self._cut(at + 2)
        self._skip = 2  # the second line break: a part without content has it in its delimiter
        return block

    def _need(self, size: int) -> None:
        while len(self._buffer) < size and not self._exhausted:
            self._fill()

    def _fill(self) -> None:
        data = self._file.read(_CHUNK)
        self._buffer += data
        self._exhausted = not data


def parse_multipart(
    file: BinaryIO, boundary: str, limits: FormLimits, spool: Spool | None = None
) -> tuple[Params, Params]:
    """The text fields and the ``Upload`` objects of a form; of repeated names the last wins.

    Args:
        file: the body, at its start.
        boundary: the parameter of the content type.
        limits: what is too much.
        spool: where the body lies on disk: large files stay there and are not copied; None: it is
            in memory.

    Raises:
        HTTPError: 400, not a form; 413, too many parts, too much text or too large a file; 507, a
            file cannot be stored.

    """
    if _BOUNDARY.fullmatch(boundary) is None:
        raise HTTPError(400, "the content type has no valid boundary")
    scanner = _Scanner(file, boundary)
    fields, uploads = Params(), Params()
    for _ in scanner.content():  # the preamble means nothing
        pass
    parts, text_left = 0, limits.text
    while not scanner.closed:
        parts += 1
        if parts > limits.parts:
            raise HTTPError(413, f"the form has more than {limits.parts} parts")
        headers = _part_headers(scanner.headers(limits.part_headers))
        name, filename = _disposition(headers)
        if filename is None:
            data = _read_text(scanner, text_left)
            text_left -= len(data)
            fields.add(name, _decode(data, headers))
        else:
            uploads.add(name, _read_file(scanner, filename, headers, limits, spool))
    return fields, uploads


def is_clear(value: str) -> bool:
    """Whether a field value has parameters in their right form, each once.

    Other readers of the same form may take another one of two, or another end of a broken one.
    """
    if _OPTIONS.fullmatch(value) is None:
        return False
    names = [match[1].lower() for match in _PARAMETER.finditer(value)]
    return len(set(names)) == len(names)


def _part_headers(block: bytes) -> dict[str, str]:
    """The fields of a part; they may be folded (RFC 2046 section 5.1)."""
    unfolded = block.replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    headers: dict[str, str] = {}
    for line in unfolded.split(b"\r\n"):
        match = _FIELD.fullmatch(line)
        if match is None:
            raise HTTPError(400, "a header of a part of the form is malformed")
        name = match[1].decode("ascii").lower()
        if name in headers:
            raise HTTPError(400, "a part of the form has a header twice")
        headers[name] = match[2].decode("utf-8", "replace").strip(" \t")
    if headers.get("content-transfer-encoding", "binary").lower() not in _IDENTITIES:
        raise HTTPError(400, "the parts of a form are sent as they are (RFC 7578 section 4.7)")
    return headers


def _disposition(headers: dict[str, str]) -> tuple[str, str | None]:
    """The name of a part, and its file name as sent; None: a text field."""
    value = headers.get("content-disposition", "")
    kind, options = parse_options(value)
    if kind != "form-data" or "name" not in options:
        raise HTTPError(400, "a part of the form has no name")
    if not is_clear(value):
        raise HTTPError(400, "the name of a part of the form is not clear")
    filename = options.get("filename")
    if filename is not None:
        filename = _unescape(filename)
    if "filename*" in options:  # not for forms says RFC 7578, but clients send it
        filename = _extended(options["filename*"])
    return _unescape(options["name"]), filename


def _extended(value: str) -> str:
    """A file name with its character set before it (RFC 8187 section 3.2)."""
    charset, _, rest = value.partition("'")
    _, separator, encoded = rest.partition("'")
    if not separator or charset.lower() not in ("utf-8", "iso-8859-1"):
        raise HTTPError(400, "the file name of a part of the form is malformed")
    return unquote(encoded, charset)


def _unescape(text: str) -> str:
    """Undo what browsers do to names (HTML, "multipart/form-data encoding algorithm")."""
    for escaped, character in _BROWSER_ESCAPES:
        text = text.replace(escaped, character)
    return text


def _read_text(scanner: _Scanner, limit: int) -> bytes:
    data = bytearray()
    for chunk in scanner.content():
        data += chunk
        if len(data) > limit:
            raise HTTPError(413, "the text fields of the form are too large")
    return bytes(data)


def _decode(data: bytes, headers: dict[str, str]) -> str:
    charset = parse_options(headers.get("content-type", ""))[1].get("charset", "utf-8")
    try:
        return decode_text(data, charset)
    except (ValueError, LookupError):
        raise HTTPError(400, "a text field of the form is not in its character set") from None


def _read_file(
    scanner: _Scanner,
    filename: str,
    headers: dict[str, str],
    limits: FormLimits,
    spool: Spool | None,
) -> Upload:
    kind = headers.get("content-type") or "application/octet-stream"
    upload = Upload(filename, kind, limits.file_memory)
    start, size = scanner.position, 0
    digest = hashlib.sha256() if limits.digest else None
    try:
        for chunk in scanner.content():
            size += len(chunk)
            if size > limits.file:
                raise HTTPError(413, f"Uploaded file is too large! {size} > {limits.file}")
            if spool is None or size <= limits.file_memory:
                upload.write(chunk)
            if digest is not None:
                digest.update(chunk)
        if spool is not None and size > limits.file_memory:
            upload.keep_in(spool.part(start, size, keep=True), size)
    except OSError as error:  # the disk or the table of open files is full
        upload.close()
        raise HTTPError(507, "there is no room for the file") from error
    except BaseException:
        upload.close()
        raise
    upload.seek(0)
    if digest is not None:
        upload.note_sha256(digest.hexdigest())
    return upload
