"""Frozen values as plain data and back: for child processes, events and ``--json``.

The shape is read off the dataclass, so a new field cannot be forgotten here.
"""

import math
import reprlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from assistant.errors import AssistantError

Value = TypeVar("Value")

USE = "str, int, float, bool, list, dict, Literal or a dataclass"
"""What fields are made of."""

_PLAIN = (str, int, float, bool, list, dict)


def to_plain(value: object) -> object:
    """Return ``value`` as dicts, lists, strings, numbers, booleans and None.

    Raises:
        AssistantError: it holds something else, such as an array, or NaN or infinity.
    """
    return _plain(value, type(value).__name__)


def from_plain(cls: type[Value], data: object, *, fills: bool = False) -> Value:
    """Return the ``cls`` that `to_plain` made ``data`` from.

    Nothing is converted except whole numbers where a float belongs. Of several types the
    first that fits is taken.

    Args:
        cls: a dataclass, or another type that `check_type` takes.
        data: what is read.
        fills: whether a field that is missing has its default, as in settings; there it must
            be of the field's type too.

    Raises:
        AssistantError: a wrong type, an unknown or missing key, NaN or infinity; the
            message begins with the path of the field, such as ``Reply.style.rate``.
    """
    return cast(Value, _read(cls, data, cls.__name__, fills))


def check_type(cls: type) -> None:
    """Make sure that `from_plain` can read ``cls``, whatever is in the data.

    Raises:
        AssistantError: a field of it, or of a dataclass inside, has a type without a plain
            form or no type at all; the message begins with the path of the field.
    """
    _check(cls, cls.__name__, set())


def _plain(value: object, path: str) -> object:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return _finite(value, path)
    if isinstance(value, (tuple, list)):
        return [_plain(part, f"{path}[{place}]") for place, part in enumerate(value)]
    if isinstance(value, Mapping):
        return {_key(key, path): _plain(part, f"{path}.{key}") for key, part in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        names = [field.name for field in fields(value)]
        return {name: _plain(getattr(value, name), f"{path}.{name}") for name in names}
    raise AssistantError(f"{path}: expected plain data, got {type(value).__name__}")


def _read(hint: object, data: object, path: str, fills: bool) -> object:
    """Return ``data`` as the type ``hint`` says; raises AssistantError where it is not."""
    reader = _READERS.get(get_origin(hint))
    if reader is not None:
        return reader(get_args(hint), data, path, fills)
    assert isinstance(hint, type), f"{path}: the wire has no form for {hint}"
    if is_dataclass(hint):
        return _read_fields(hint, _expected(dict, data, path), path, fills)
    if hint is float:
        return _finite(_expected(int if type(data) is int else float, data, path), path)
    return _expected(hint, data, path)


def _read_union(hints: tuple[Any, ...], data: object, path: str, fills: bool) -> object:
    if data is None and NoneType in hints:
        return None
    first, *others = (hint for hint in hints if hint is not NoneType)
    if not others:
        return _read(first, data, path, fills)
    for hint in (first, *others):
        with suppress(AssistantError):
            return _read(hint, data, path, fills)
    names = " or ".join(_shown(hint) for hint in (first, *others))
    raise AssistantError(f"{path}: expected {names}, got {reprlib.repr(data)}")


def _read_literal(choices: tuple[Any, ...], data: object, path: str, _: bool) -> object:
    for choice in choices:
        if type(data) is type(choice) and data == choice:
            return choice
    names = " or ".join(map(repr, choices))
    raise AssistantError(f"{path}: expected {names}, got {reprlib.repr(data)}")


def _read_tuple(hints: tuple[Any, ...], data: object, path: str, fills: bool) -> object:
    parts = _expected(list, data, path)
    if hints[-1] is Ellipsis:
        hints = hints[:1] * len(parts)
    if len(parts) != len(hints):
        raise AssistantError(f"{path}: expected list of {len(hints)}, got {reprlib.repr(data)}")
    pairs = enumerate(zip(hints, parts, strict=True))
    return tuple(_read(hint, part, f"{path}[{n}]", fills) for n, (hint, part) in pairs)


def _read_list(hints: tuple[Any, ...], data: object, path: str, fills: bool) -> object:
    parts = enumerate(_expected(list, data, path))
    return [_read(hints[0], part, f"{path}[{n}]", fills) for n, part in parts]


def _read_dict(hints: tuple[Any, ...], data: object, path: str, fills: bool) -> object:
    return {
        _key(key, path): _read(hints[1], part, f"{path}.{key}", fills)
        for key, part in _expected(dict, data, path).items()
    }


_READERS: Mapping[object, Callable[[tuple[Any, ...], object, str, bool], object]] = {
    Union: _read_union,
    UnionType: _read_union,
    Literal: _read_literal,
    tuple: _read_tuple,
    list: _read_list,
    dict: _read_dict,
    Mapping: _read_dict,
}
"""How a type with arguments is read, by its origin."""


def _read_fields(cls: type, data: Mapping[object, object], path: str, fills: bool) -> object:
    known = {field.name: field for field in fields(cls) if field.init}
    for key in data:
        if key not in known:
            raise AssistantError(f"{path}: has no field {reprlib.repr(key)}")
    hints = _hints(cls)
    values = {}
    for name, field in known.items():
        place = f"{path}.{name}"
        if name in data:
            values[name] = _read(hints[name], data[name], place, fills)
        elif fills:
            values[name] = _default(field, hints[name], place)
        else:
            raise AssistantError(f"{place}: missing")
    return cls(**values)


def _default(field: "Field[Any]", hint: object, path: str) -> object:
    """Return a field's default; raises AssistantError where it is not of the field's type."""
    default = field.default
    if field.default_factory is not MISSING:
        default = field.default_factory()
    if default is MISSING:
        raise AssistantError(f"{path}: missing")
    _read(hint, _plain(default, path), path, fills=True)
    return default


def _check(hint: object, path: str, seen: set[object]) -> None:
    if is_dataclass(hint) and isinstance(hint, type):
        if hint not in seen:  # it may hold itself
            seen.add(hint)
            _check_class(hint, path, seen)
        return
    parts = _parts(hint)
    if parts is None:
        raise AssistantError(f"{path}: cannot be of type {_shown(hint)}; use {USE}")
    for part in parts:
        _check(part, path, seen)


def _check_class(cls: type, path: str, seen: set[object]) -> None:
    hints = _hints(cls)
    for field in fields(cls):
        if field.init:
            _check(hints[field.name], f"{path}.{field.name}", seen)
    for name, value in vars(cls).items():
        is_constant = name.isupper() or name.startswith("_")
        if name not in hints and not is_constant and type(value) in (*_PLAIN, tuple, NoneType):
            raise AssistantError(
                f"{path}.{name}: has no type; write `{name}: TYPE`, and use {USE}"
            )


def _parts(hint: object) -> Sequence[object] | None:
    """Return the types that a type is made of, none for a plain one; None for no such type."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return (
            () if all(type(each) in (str, int, bool, NoneType) for each in arguments) else None
        )
    if not arguments or origin not in _READERS:
        return () if hint in _PLAIN else None
    if origin in (dict, Mapping):
        return arguments[1:] if arguments[0] is str else None
    return [part for part in arguments if part not in (NoneType, Ellipsis)]


def _shown(hint: object) -> str:
    if isinstance(hint, type) and get_origin(hint) is None:
        return hint.__name__
    return str(hint).replace("typing.", "")


@cache
def _hints(cls: type) -> dict[str, object]:
    return get_type_hints(cls)


def _expected(cls: type[Value], data: object, path: str) -> Value:
    if type(data) is not cls:  # exact: True is no number here
        raise AssistantError(f"{path}: expected {cls.__name__}, got {reprlib.repr(data)}")
    return data


def _key(key: object, path: str) -> str:
    if not isinstance(key, str):
        raise AssistantError(f"{path}: expected names as keys, got {reprlib.repr(key)}")
    return key


def _finite(number: float, path: str) -> float:
    try:
        if math.isfinite(number):
            return float(number)
    except OverflowError:
        pass  # a whole number beyond every float
    raise AssistantError(f"{path}: expected a finite number, got {reprlib.repr(number)}")
