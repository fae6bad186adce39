"""Where sessions may be kept, by the names of htagweb: ``from quick_htag.sessions import ...``.

Give one to a runner as ``sesprovider=`` or ``session_factory=``, or to ``create_server``.
"""

from .stores.providers import FileDict, FilePersistentDict, MemDict

createMem = MemDict  # noqa: N816 of htagweb 0.8, as the next three
createShm = MemDict  # noqa: N816
createFile = FileDict  # noqa: N816
createFilePersistent = FilePersistentDict  # noqa: N816

__all__ = [
    "FileDict",
    "FilePersistentDict",
    "MemDict",
    "createFile",
    "createFilePersistent",
    "createMem",
    "createShm",
]
