"""Certificates are read, checked and renewed."""

from __future__ import annotations

import io
import os
import shutil
import ssl
from pathlib import Path
from typing import Any

import pytest

from quick_htag.errors import ConfigurationError
from quick_htag.logs import MessageLog
from quick_htag.transports.certificates import Certificates, load_context


@pytest.fixture
def files(authority: Any, tmp_path: Path) -> tuple[str, str]:
    """Copies of certificate and key that a test may change."""
    return (
        shutil.copy(authority.certfile, tmp_path / "crt"),
        shutil.copy(authority.keyfile, tmp_path / "key"),
    )


@pytest.fixture
def text() -> io.StringIO:
    """What is logged."""
    return io.StringIO()


def _write(path: str, source: str) -> None:
    Path(path).write_bytes(Path(source).read_bytes())
    seen = Path(path).stat().st_mtime
    os.utime(path, (seen + 5, seen + 5))


def test_old_versions_are_not_offered(authority: Any) -> None:
    """TLS 1.2 is the oldest."""
    context = load_context(authority.certfile, authority.keyfile)
    assert context.minimum_version == ssl.TLSVersion.TLSv1_2


def test_missing_file_is_named(authority: Any) -> None:
    """The message says which file is not there."""
    with pytest.raises(ConfigurationError, match=r"nowhere\.pem"):
        load_context("nowhere.pem", authority.keyfile)


def test_key_of_another_certificate(authority: Any) -> None:
    """The message says that key and certificate do not belong together."""
    _, other = authority.issue("other")
    with pytest.raises(ConfigurationError, match="is not the one of the certificate"):
        load_context(authority.certfile, other)


def test_file_without_a_key(authority: Any) -> None:
    """The message says what the file must have."""
    with pytest.raises(ConfigurationError, match="its private key"):
        load_context(authority.certfile, None)


def test_context_or_files() -> None:
    """Both, or a key alone, is a mistake."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    for wrong in ((context, "crt", None), (None, None, "key"), (context, None, "key")):
        with pytest.raises(ConfigurationError):
            Certificates(*wrong, MessageLog())


def test_context_of_a_client() -> None:
    """A context that cannot serve is told at once, and not at each connection."""
    with pytest.raises(ConfigurationError, match="PROTOCOL_TLS_SERVER"):
        Certificates(ssl.create_default_context(), None, None, MessageLog())


def test_given_context_cannot_be_reloaded(authority: Any) -> None:
    """The message says what to do instead."""
    with pytest.raises(ConfigurationError, match="load_cert_chain"):
        Certificates(authority.server_context(), None, None, MessageLog()).reload()


def test_reload_takes_new_files(authority: Any, files: Any, text: io.StringIO) -> None:
    """New files are in use after ``reload``."""
    ours = Certificates(None, *files, MessageLog(text))
    before = ours.context
    assert ours.reload()
    assert ours.context is not before
    assert "new connections get the certificate" in text.getvalue()


def test_broken_file_is_not_taken(files: Any, text: io.StringIO) -> None:
    """The old certificate stays in use, and the log says why."""
    ours = Certificates(None, *files, MessageLog(text))
    before = ours.context
    Path(files[0]).write_text("broken")
    assert not ours.reload()
    assert ours.context is before
    assert "the old one is" in text.getvalue()
    assert "Traceback" not in text.getvalue()


def test_change_is_noticed(authority: Any, files: Any, clock: Any, text: io.StringIO) -> None:
    """A changed file is read within a minute, and looked at once a minute at most."""
    ours = Certificates(None, *files, MessageLog(text), clock)
    before = ours.context
    for name, source in zip(files, authority.issue("renewed"), strict=True):
        _write(name, source)
    clock.advance(59.0)
    ours._look()
    assert ours.context is before
    clock.advance(1.0)
    ours._look()
    assert ours.context is not before
    after = ours.context
    clock.advance(60.0)
    ours._look()
    assert ours.context is after


def test_half_a_renewal_waits(authority: Any, files: Any, clock: Any, text: io.StringIO) -> None:
    """With the new certificate and the old key the old ones serve until the key is there."""
    ours = Certificates(None, *files, MessageLog(text), clock)
    before = ours.context
    certificate, key = authority.issue("late")
    _write(files[0], certificate)
    clock.advance(60.0)
    ours._look()
    assert ours.context is before
    _write(files[1], key)
    clock.advance(60.0)
    ours._look()
    assert ours.context is not before
