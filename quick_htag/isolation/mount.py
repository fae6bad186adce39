"""Binds an app whose visitors have a process each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from ..assets import classic_bundle
from ..engines.detect import load_engine, resolve_app
from ..errors import ConfigurationError
from .names import main_program, name_of
from .plan import Plan

if TYPE_CHECKING:
    from ..guis import GuiOptions
    from ..handlers.gui import GuiMount
    from .processes import Processes

_OTHER = (
    "with python=... give the name of the app, 'package.module:Class': its module is imported by "
    "the other interpreter, and not here"
)


class Asked(NamedTuple):
    """What ``bind_htag`` was asked for, as far as it is special with processes."""

    path: str
    app: Any
    name: str
    on_instance: Callable[..., object] | None
    shared_session: Any
    follow: Any
    python: str | None


def process_mount(
    make: Callable[..., GuiMount], processes: Processes, asked: Asked, options: GuiOptions
) -> GuiMount:
    """The mount of an app with ``isolation="process"``.

    Args:
        make: makes it, with what is the same for all mounts.
        processes: of the server.
        asked: the arguments.
        options: how the instances live.

    Raises:
        AppNotFound: there is no such app.
        ConfigurationError: something of it cannot be taken to another process.
        EngineMissing: htag is not installed.

    """
    _check(asked)
    app, script = asked.app, ""
    if asked.python is None:
        engine = load_engine()
        app = resolve_app(engine, app)  # which finds mistakes before a visitor does
        script = classic_bundle(engine.script)
    name = asked.name or _own_name(app)
    plan = Plan(
        mount=asked.path.rstrip("/"),
        name=name,
        app=name_of(app, "the app"),
        main=main_program(),
        on_instance=_hook(asked.on_instance),
        options=options,
        transports=(),
        start="",
        python=asked.python,
    )
    # the process loads its app again when it has changed; here is none to be loaded
    here = replace(options, recreate_on_change=False)
    mount = make(asked.path, app, None, None, script, name=name, options=here)
    plan = replace(plan, transports=mount.transports, start=mount.start)
    object.__setattr__(mount, "host", processes.host(plan, mount.on_exit))
    return mount


def _check(asked: Asked) -> None:
    if asked.python is not None and not isinstance(asked.app, str):
        raise ConfigurationError(_OTHER)
    if asked.shared_session is not None:
        raise ConfigurationError(
            'shared_session is an object of this process; with isolation="process" there are others'
        )
    if asked.follow is not None:
        raise ConfigurationError('this app is not imported by its name: isolation="process" cannot')


def _own_name(app: Any) -> str:
    if isinstance(app, str):
        return app.rpartition(":")[2].rpartition(".")[2]
    return str(getattr(app, "__name__", "") or type(app).__name__)


def _hook(function: Callable[..., object] | None) -> dict[str, str] | None:
    return None if function is None else name_of(function, "on_instance")
