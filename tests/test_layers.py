"""The import rule: arrows point to the words, and columns meet in ``server`` only.

A new arrow is a decision made in the tables of this file, in view.
"""

from __future__ import annotations

import ast
import sys
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "quick_htag"


class Group(NamedTuple):
    """Modules of one row and column."""

    row: int
    column: str
    modules: tuple[str, ...]


GROUPS = (
    Group(1, "words", ("errors", "interfaces", "settings", "deadline", "logs", "version")),
    Group(
        1,
        "words",
        ("type_names", "log_text", "log_writer", "tracebacks", "later", "loading", "record"),
    ),
    Group(1, "words", ("own_folders", "names", "running")),
    Group(2, "values", ("messages.*",)),
    Group(3, "core", ("routing", "registrar", "folders", "assets", "outbox", "cipher", "uploads")),
    Group(3, "core", ("replay_window",)),
    Group(3, "core", ("contained", "file_patterns", "health", "caching")),
    Group(3, "core", ("monitor", "monitor.*")),
    Group(3, "core", ("middleware.*", "stores.*", "topics", "topics.*", "engines.base")),
    Group(4, "services", ("engines.*", "guis", "guis.*", "handlers.*")),
    Group(4, "services", ("jobs", "jobs.*")),
    Group(
        5,
        "app",
        ("app", "app_settings", "file_methods", "file_service", "proxy_methods", "script_methods"),
    ),
    Group(4, "services", ("proxy", "proxy.*", "sockets", "sockets.*")),
    Group(5, "rim", ("transports.*",)),
    Group(5, "process", ("process.*",)),
    Group(
        6,
        "joins",
        (
            "workers.all_workers",
            "workers.answers",
            "workers.commands",
            "workers.main",
            "workers.merging",
        ),
    ),
    Group(5, "process", ("workers.*",)),
    Group(6, "joins", ("worker_methods",)),
    Group(6, "joins", ("server", "access_log", "session_commands", "token_methods", "")),
    Group(6, "joins", ("testing", "testing.*")),
    Group(6, "joins", ("job_commands", "operating_commands", "row_commands")),
    Group(6, "joins", ("log_methods", "monitor_endpoint", "monitor_methods", "reload_methods")),
    Group(6, "joins", ("server_rows",)),
    Group(6, "joins", ("gui", "gui.*")),
    Group(6, "joins", ("isolation", "isolation.*")),
    Group(6, "joins", ("runners", "runners.*", "sessions")),
    Group(6, "joins", ("cli", "__main__", "command_methods", "tls_methods")),
    Group(6, "joins", ("browsing", "browsing.*", "command_line", "command_line.*")),
    Group(6, "joins", ("mirror_methods",)),
    Group(6, "joins", ("accept_methods", "embedding_methods", "hosted_methods", "notebook")),
    Group(6, "joins", ("job_methods", "client")),
    Group(6, "joins", ("bound_server", "gui_methods", "life_methods", "of_app", "socket_methods")),
    Group(
        6,
        "joins",
        ("server_sessions", "frame_methods", "topic_methods", "ending_methods", "operated"),
    ),
)

# The rim and the process around it know words and values, never the core or the app.
BELOW = {
    "words": set(),
    "values": {"words"},
    "core": {"words", "values"},
    "services": {"words", "values", "core"},
    "app": {"words", "values", "core", "services"},
    "rim": {"words", "values"},
    "process": {"words", "values"},
    "joins": {"words", "values", "core", "services", "app"},
}

# Arrows inside a group: (importer, imported). A pattern may stand for several modules.
INSIDE = (
    ("settings", "errors"),
    ("settings", "record"),
    ("logs", "log_text"),
    ("logs", "log_writer"),
    ("logs", "tracebacks"),
    ("tracebacks", "log_text"),
    ("messages.*", "messages.headers"),
    ("messages.*", "messages.body"),
    ("messages.*", "messages.charsets"),
    ("messages.handler_names", "messages.conditional"),
    ("messages.handler_names", "messages.direct_answer"),
    ("messages.handler_names", "messages.origins"),
    ("messages.request", "messages.handler_names"),
    ("messages.request", "messages.plain_path"),
    ("messages.request", "messages.session_methods"),
    ("messages.websocket", "messages.origins"),
    ("messages.cross_site", "messages.origins"),
    ("messages.navigation", "messages.origins"),
    ("messages.*", "messages.params"),
    ("messages.late_args", "messages.cookies"),
    ("messages.event_stream", "messages.channel"),
    ("messages.event_stream", "messages.response"),
    ("messages.direct_answer", "messages.response"),
    ("messages.disposition", "messages.upload"),
    ("messages.representation", "messages.conditional"),
    ("messages.representation", "messages.response"),
    ("messages.forms", "messages.form_limits"),
    ("messages.forwarded", "messages.networks"),
    ("messages.multipart", "messages.form_limits"),
    ("messages.forms", "messages.multipart"),
    ("messages.forms", "messages.upload"),
    ("messages.multipart", "messages.upload"),
    ("messages.multipart", "messages.spool"),
    ("messages.body", "messages.spool"),
    ("messages.multipart_response", "messages.json_text"),
    ("messages.multipart_response", "messages.response"),
    ("registrar", "middleware.cached"),
    ("registrar", "routing"),
    ("registrar", "middleware.user"),
    ("middleware.cached", "caching"),
    ("middleware.cached", "middleware.user"),
    ("middleware.entrance", "middleware.*"),
    ("monitor.*", "monitor.*"),
    ("middleware.cors_paths", "middleware.cors"),
    ("stores.*", "stores.*"),
    ("stores.redis", "topics.redis_line"),
    ("topics.*", "topics.*"),
    ("topics.*", "stores.values"),
    ("server", "topic_methods"),
    ("life_methods", "ending_methods"),
    ("middleware.sessions", "middleware.session_cookie"),
    ("middleware.sessions", "stores.*"),
    ("engines.*", "engines.reports"),
    ("engines.htag*", "engines.from_threads"),
    ("engines.htag1", "engines.htag1_*"),
    ("engines.htag1_image", "engines.htag1_looks"),
    ("engines.htag1_writer", "engines.htag1_looks"),
    ("engines.htag1_invoke", "engines.htag1_message"),
    ("engines.htag1_steps", "engines.htag1_image"),
    ("engines.htag1_steps", "engines.htag1_invoke"),
    ("engines.htag1_steps", "engines.htag1_writer"),
    ("engines.htag1_patches", "engines.htag1_classes"),
    ("engines.htag1_patches", "engines.htag1_looks"),
    ("engines.htag1_patches", "engines.htag1_scope"),
    ("engines.htag1_patches", "engines.htag1_updates"),
    ("engines.htag1_patches", "engines.htag1_writer"),
    ("engines.htag1_instance", "engines.htag1_*"),
    ("engines.htag2_patches", "engines.htag2_stand_ins"),
    ("engines.htag2_tree", "engines.htag2_patches"),
    ("engines.htag2_changes", "engines.htag2_*"),
    ("engines.htag2_events", "engines.htag2_*"),
    ("engines.htag2_page", "engines.htag2_stand_ins"),
    ("engines.htag2_writer", "engines.htag2_patches"),
    ("engines.htag2_instance", "engines.htag2_*"),
    ("engines.htag2", "engines.htag2_*"),
    ("engines.htag2_patches", "engines.htag2_states"),
    ("engines.htag2_patches", "engines.htag2_tags"),
    ("engines.downloads", "engines.from_threads"),
    ("engines.followed_uploads", "engines.from_threads"),
    ("engines.detect", "engines.htag[12]"),
    ("guis*", "guis.*"),
    ("guis*", "engines.detect"),
    ("handlers.endpoints", "handlers.results"),
    ("handlers.static", "handlers.listing"),
    ("handlers.gui", "guis.app_source"),
    ("handlers.gui*", "guis.carried_session"),
    ("handlers.gui", "guis.options"),
    ("handlers.gui", "guis.transports"),
    ("handlers.gui", "handlers.client_file"),
    ("handlers.gui", "handlers.gui_failure"),
    ("handlers.gui_failure", "guis.problems"),
    ("handlers.gui", "handlers.gui_lines"),
    ("handlers.gui", "handlers.gui_offers"),
    ("handlers.gui", "handlers.gui_uploads"),
    ("handlers.gui", "handlers.parano_advice"),
    ("cipher", "replay_window"),
    ("folders", "contained"),
    ("health", "routing"),
    ("folders", "file_patterns"),
    ("app", "app_settings"),
    ("app", "file_service"),
    ("app_settings", "file_service"),
    ("file_methods", "file_service"),
    ("app", "proxy_methods"),
    ("app", "script_methods"),
    ("script_methods", "file_methods"),
    ("server", "mirror_methods"),
    ("proxy.*", "proxy.*"),
    ("jobs.*", "jobs.*"),
    ("sockets.*", "sockets.*"),
    ("messages.server_sent_event", "messages.channel"),
    ("transports.*", "transports.*"),
    ("process.*", "process.*"),
    ("workers.*", "process.*"),
    ("workers.*", "workers.*"),
    ("workers.commands", "row_commands"),
    ("worker_methods", "workers.answers"),
    ("life_methods", "worker_methods"),
    ("worker_methods", "workers.*"),
    ("cli", "workers.main"),
    ("server", "token_methods"),
    ("server", "server_sessions"),
    ("server", "tls_methods"),
    ("server", "of_app"),
    ("server", "job_methods"),
    ("", "client"),
    ("server", "life_methods"),
    ("accept_methods", "embedding_methods"),
    ("embedding_methods", "hosted_methods"),
    ("hosted_methods", "access_log"),
    ("hosted_methods", "bound_server"),
    ("embedding_methods", "notebook"),
    ("life_methods", "accept_methods"),
    ("life_methods", "command_methods"),
    ("life_methods", "gui_methods"),
    ("gui_methods", "frame_methods"),
    ("life_methods", "operated"),
    ("life_methods", "operating_commands"),
    ("operated", "*_methods"),
    ("operating_commands", "operated"),
    ("log_methods", "access_log"),
    ("monitor_methods", "access_log"),
    ("monitor_methods", "monitor_endpoint"),
    ("monitor_methods", "server_rows"),
    ("operating_commands", "*_commands"),
    ("operating_commands", "*_methods"),
    ("operating_commands", "access_log"),
    ("*_commands", "row_commands"),
    ("testing*", "testing.*"),
    ("testing.page", "server"),
    ("life_methods", "socket_methods"),
    ("", "server"),
    ("", "runners"),
    ("runners*", "runners.*"),
    ("runners.base", "server"),
    ("gui*", "gui.*"),
    ("isolation.*", "isolation.*"),
    ("gui_methods", "isolation.*"),
    ("browsing.*", "browsing.*"),
    ("command_line.*", "command_line.*"),
    ("command_line.*", "browsing.*"),
    ("command_line.program", "runners.window"),
    ("command_line.program", "server"),
    ("cli", "browsing.traces"),
    ("cli", "command_line.*"),
    ("__main__", "cli"),
)

# Where the columns meet; the package itself only lists names.
COMPOSITION = (
    "server",
    "runners.base",
    "runners.htag2",
    "accept_methods",
    "bound_server",
    "cli",
    "command_line.program",
    "command_methods",
    "gui_methods",
    "hosted_methods",
    "isolation.child",
    "job_methods",
    "life_methods",
    "job_commands",
    "mirror_methods",
    "monitor_methods",
    "operating_commands",
    "reload_methods",
    "row_commands",
    "session_commands",
    "socket_methods",
    "tls_methods",
    "worker_methods",
    "workers.all_workers",
    "workers.answers",
    "workers.commands",
    "workers.main",
    "",
)

# Names from outside the standard library, and the only files that may import them.
THIRD_PARTY = {
    "htag": ("engines.*",),
    "Cryptodome": ("cipher",),
    "redis": ("stores.redis*",),
    "requests": ("client",),
    "websockets": ("transports.sidecar",),
}


class Arrow(NamedTuple):
    """One import."""

    importer: str
    imported: str
    line: int


def _module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _guarded(tree: ast.Module) -> set[ast.AST]:
    """Everything under ``if TYPE_CHECKING:``, which does not run."""
    return {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for statement in node.body
        for inner in ast.walk(statement)
    }


def _absolute(path: Path, node: ast.ImportFrom) -> str:
    """The dotted name behind ``from``, with the leading dots worked out."""
    if node.level == 0:
        return node.module or ""
    package = ("quick_htag", *path.relative_to(PACKAGE).parts[:-1])
    base = package[: len(package) - node.level + 1]
    return ".".join([*base, *filter(None, [node.module])])


def _named(path: Path, node: ast.AST) -> list[str]:
    """Dotted names a statement or call imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = _absolute(path, node)
        return [f"{base}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
        argument = node.args[0]
        return [argument.value] if isinstance(argument, ast.Constant) else []
    return []


def _resolve(name: str) -> str:
    """The module of the package that a dotted name lies in; a name of ours, without the package."""
    parts = name.split(".")[1:]
    while parts:
        base = PACKAGE.joinpath(*parts)
        if base.with_suffix(".py").exists() or (base / "__init__.py").exists():
            break
        parts.pop()
    return ".".join(parts)


def _imports(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    guarded = _guarded(tree)
    return [
        (name, node.lineno)
        for node in ast.walk(tree)
        if node not in guarded
        for name in _named(path, node)
    ]


@cache
def _paths() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


@cache
def _arrows() -> list[Arrow]:
    return [
        Arrow(_module_name(path), _resolve(name), line)
        for path in _paths()
        for name, line in _imports(path)
        if name.split(".")[0] == "quick_htag"
    ]


def _group(module: str) -> Group | None:
    for group in GROUPS:
        if any(fnmatchcase(module, pattern) for pattern in group.modules):
            return group
    # a package's own __init__ belongs to the modules in it
    return next((group for group in GROUPS if f"{module}.*" in group.modules), None)


def _allowed(arrow: Arrow) -> bool:
    here, there = _group(arrow.importer), _group(arrow.imported)
    if here is None or there is None:
        return False
    if arrow.importer in COMPOSITION and there.row < here.row:
        return True
    if there.column != here.column:
        return there.column in BELOW[here.column]
    return any(
        fnmatchcase(arrow.importer, importer) and fnmatchcase(arrow.imported, imported)
        for importer, imported in INSIDE
    )


@pytest.mark.parametrize("path", _paths(), ids=_module_name)
def test_every_module_has_its_row(path: Path) -> None:
    """A new file is given its place in the table."""
    module = _module_name(path)
    assert _group(module) is not None, f"add {module} to GROUPS"


@pytest.mark.parametrize("path", _paths(), ids=_module_name)
def test_imports_point_to_the_words(path: Path) -> None:
    """A file imports from lower rows; inside its own row only where the table says so."""
    mine = [arrow for arrow in _arrows() if arrow.importer == _module_name(path)]
    wrong = [f"line {arrow.line}: {arrow.imported}" for arrow in mine if not _allowed(arrow)]
    assert not wrong


def test_there_is_no_cycle() -> None:
    """No module is needed, in the end, to import itself."""
    needs: dict[str, set[str]] = {}
    for arrow in _arrows():
        # a package's __init__ holds only names, and "" (the package itself) imports everything
        if arrow.imported and arrow.importer != arrow.imported:
            needs.setdefault(arrow.importer, set()).add(arrow.imported)
    while free := {name for name in needs if not needs[name] & needs.keys()}:
        needs = {name: wants for name, wants in needs.items() if name not in free}
    assert not needs


@pytest.mark.parametrize("path", _paths(), ids=_module_name)
def test_third_party_names_keep_to_their_file(path: Path) -> None:
    """A library is imported in the one place that adapts it."""
    module = _module_name(path)
    foreign = {name.split(".")[0] for name, _ in _imports(path)} - {"quick_htag", ""}
    foreign -= sys.stdlib_module_names
    places = {name: THIRD_PARTY.get(name, ()) for name in foreign}
    wrong = [
        name
        for name, patterns in places.items()
        if not any(fnmatchcase(module, pattern) for pattern in patterns)
    ]
    assert not wrong


def test_the_rule_sees_a_wrong_arrow() -> None:
    """The test can fail: the rim never imports the app, nor a word the core."""
    assert not _allowed(Arrow("transports.wire", "app", 1))
    assert not _allowed(Arrow("logs", "routing", 1))
    assert not _allowed(Arrow("handlers.static", "handlers.endpoints", 1))
    assert _allowed(Arrow("server", "transports.wire", 1))
