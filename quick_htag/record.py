"""Dataclasses that cost nothing before the first request: the same to their users, made otherwise.

``dataclasses`` loads ``inspect`` with the parser of Python, and generates and compiles six methods
for each class: together a tenth of the time until a server answers its first request. What is
loaded by every server therefore uses ``record``, which has one set of methods for all classes; the
functions of ``dataclasses`` (``fields``, ``replace``, ``asdict``) take them all the same. To type
checkers it is ``dataclasses.dataclass`` itself. Making an object takes 1 us more: what is made for
every request is written out, or a dataclass that is loaded later.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

__all__ = ["field", "record", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass as record
    from dataclasses import field, replace
else:
    _TWINS = ("__dataclass_fields__", "__dataclass_params__")

    class _Fresh:
        def __init__(self, factory: Callable[[], object]) -> None:
            self.factory = factory

    def field(*, default_factory: Callable[[], object]) -> Any:
        """A value that each object has of its own."""
        return _Fresh(default_factory)

    def replace(value: Any, **changes: Any) -> Any:
        """Another object with other values in some fields."""
        return type(value)(**{name: getattr(value, name) for name in _names(value)} | changes)

    def record(*, frozen: bool = False) -> Callable[[type], type]:
        """A decorator for a class whose annotations are its fields, in their order."""

        def decorate(cls: type) -> type:
            plan = _Plan(cls)
            cls._record, cls.__match_args__ = plan, plan.names
            cls.__init__, cls.__repr__, cls.__eq__ = _init, _repr, _eq
            cls.__replace__ = replace  # for copy.replace of Python 3.13
            for name in _TWINS:
                setattr(cls, name, _Twin(name, frozen))
            cls.__hash__ = _hash if frozen else None
            if frozen:
                cls.__setattr__, cls.__delattr__ = _refuse, _refuse
            return cls

        return decorate

    class _Plan:
        """What the fields of a class are."""

        def __init__(self, cls: type) -> None:
            self.annotations = {
                name: kind
                for name, kind in cls.__annotations__.items()
                if not str(kind).startswith("ClassVar")
            }
            self.names = tuple(self.annotations)
            given = {name: vars(cls)[name] for name in self.names if name in vars(cls)}
            self.fresh = {name: one for name, one in given.items() if isinstance(one, _Fresh)}
            self.defaults = {name: one for name, one in given.items() if name not in self.fresh}
            self.required = tuple(name for name in self.names if name not in given)
            self.needed = frozenset(self.required)
            for name in self.fresh:
                delattr(cls, name)

    def _names(value: Any) -> tuple[str, ...]:
        return type(value)._record.names

    def _init(self: Any, /, *values: Any, **named: Any) -> None:
        plan, own = self._record, vars(self)
        if values:
            named = _with_places(type(self), plan, values, named)
        own.update(plan.defaults)
        for name, one in plan.fresh.items():
            if name not in named:
                own[name] = one.factory()
        own.update(named)
        if len(own) != len(plan.names) or not own.keys() >= plan.needed:
            raise _wrong_names(type(self), plan, named)
        after = getattr(self, "__post_init__", None)
        if after is not None:
            after()

    def _with_places(
        cls: type, plan: _Plan, values: tuple[Any, ...], named: dict[str, Any]
    ) -> dict[str, Any]:
        if len(values) > len(plan.names):
            count = len(plan.names)
            raise TypeError(
                f"{cls.__name__}() takes {count} arguments but {len(values)} were given"
            )
        placed = dict(zip(plan.names, values, strict=False))
        for name in placed.keys() & named.keys():
            raise TypeError(f"{cls.__name__}() got multiple values for argument {name!r}")
        return placed | named

    def _wrong_names(cls: type, plan: _Plan, named: dict[str, Any]) -> TypeError:
        for name in named:
            if name not in plan.names:
                return TypeError(f"{cls.__name__}() got an unexpected keyword argument {name!r}")
        missing = ", ".join(repr(name) for name in plan.required if name not in named)
        return TypeError(f"{cls.__name__}() is missing {missing}")

    def _values(self: Any) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in _names(self))

    def _repr(self: Any) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in _names(self))
        return f"{type(self).__qualname__}({', '.join(shown)})"

    def _eq(self: Any, other: object) -> Any:
        return _values(self) == _values(other) if type(other) is type(self) else NotImplemented

    def _hash(self: Any) -> int:
        return hash(_values(self))

    def _refuse(self: Any, name: str, value: object = None) -> None:
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot change field {name!r}")

    class _Twin:
        """Makes what ``dataclasses`` looks for in a class, when it looks."""

        def __init__(self, name: str, frozen: bool) -> None:
            self._name = name
            self._frozen = frozen

        def __get__(self, instance: object, owner: type) -> Any:
            import dataclasses

            plan: _Plan = owner._record
            fresh = {
                name: dataclasses.field(default_factory=one.factory)
                for name, one in plan.fresh.items()
            }
            body = {"__annotations__": plan.annotations, **plan.defaults, **fresh}
            twin = dataclasses.dataclass(frozen=self._frozen)(type(owner.__name__, (), body))
            for name in _TWINS:
                setattr(owner, name, getattr(twin, name))
            return getattr(twin, self._name)
