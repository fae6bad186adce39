"""The server that all cases are sent to; one per file, as nothing in it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conformance.served import start

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.raw import Address


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> object:
    """Where the files of the site are."""
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def address(folder: object) -> Iterator[Address]:
    """Address of a server with everything the cases need."""
    server = start(folder)
    yield ("127.0.0.1", server.server_address[1])
    server.shutdown()
    server.server_close()
