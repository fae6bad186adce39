"""The several spellings of one option, and options that cannot be honoured."""

from __future__ import annotations

import ssl as tls
from collections.abc import Mapping, Sequence
from typing import Any

from ..errors import ConfigurationError


class _Unset:
    """Stands for an argument that was not given, where None means something."""

    def __repr__(self) -> str:
        return "<not given>"


UNSET: Any = _Unset()


def one_of(default: Any, **spellings: Any) -> Any:
    """The value of an option that has several names.

    Args:
        default: where it was given by none of them.
        spellings: names and what was given by them, ``UNSET`` or nothing.

    Raises:
        ConfigurationError: it was given by two names, with different values.

    """
    given = {name: value for name, value in spellings.items() if value is not UNSET}
    values = list(given.values())
    if any(value != values[0] for value in values):
        names = " and ".join(given)
        raise ConfigurationError(f"{names} are the same option: give one of them")
    return values[0] if values else default


def by_name(
    values: Sequence[Any], names: Sequence[str], options: Mapping[str, Any]
) -> dict[str, Any]:
    """Arguments given by position, and those given by name, all by name.

    Args:
        values: those by position.
        names: what the positions are called.
        options: those by name.

    Raises:
        TypeError: one is given twice, or there are more than names.

    """
    if len(values) > len(names):
        raise TypeError(f"{len(values)} arguments were given by position, {len(names)} are known")
    found = dict(zip(names, values, strict=False))
    twice = found.keys() & options.keys()
    if twice:
        raise TypeError(f"{', '.join(sorted(twice))} was given twice")
    return {**found, **options}


def tls_of(ssl: Any) -> tls.SSLContext | None:
    """What ``ssl=`` asks for; True and False ask for nothing, since pages find out by themselves.

    Raises:
        ConfigurationError: it is neither a truth value nor a context.

    """
    if ssl is None or isinstance(ssl, bool):
        return None
    if isinstance(ssl, tls.SSLContext):
        return ssl
    raise ConfigurationError(
        f"ssl must be True, False or an ssl.SSLContext, not {ssl!r}; True only says that pages "
        "come through https, which they find out by themselves"
    )


def refuse(runner: str, options: Mapping[str, Any]) -> None:
    """Say of options nobody knows that they are not known.

    Raises:
        ConfigurationError: there is one.

    """
    if options:
        names = ", ".join(f"{name}=" for name in options)
        raise ConfigurationError(f"{runner} has no option {names}; nothing would come of it")
