"""Frozen values as plain data and back: for child processes, events and ``--json``.

The shape is read off the dataclass, so a new field cannot be forgotten here.
"""

import math
import reprlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import TypeVar, Union, cast, get_args, get_origin, get_type_hints

from assistant.errors import AssistantError

Value = TypeVar("Value")


def to_plain(value: object) -> object:
    """Return ``value`` as dicts, lists, strings, numbers, booleans and None.

    Raises:
        AssistantError: it holds something else, such as an array, or NaN or infinity.
    """
    return _plain(value, type(value).__name__)


def from_plain(cls: type[Value], data: object) -> Value:
    """Return the ``cls`` that `to_plain` made ``data`` from.

    Nothing is converted except whole numbers where a float belongs.

    Raises:
        AssistantError: a wrong type, an unknown or missing key, NaN or infinity; the
            message begins with the path of the field, such as ``Reply.style.rate``.
    """
    return cast(Value, _read(cls, data, cls.__name__))


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


def _read(hint: object, data: object, path: str) -> object:
    """Return ``data`` as the type ``hint`` says; raises AssistantError where it is not."""
    arguments = get_args(hint)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        (hint,) = (argument for argument in arguments if argument is not NoneType)
        return None if data is None else _read(hint, data, path)
    if origin is tuple:
        parts = _expected(list, data, path)
        return tuple(_read(arguments[0], part, f"{path}[{n}]") for n, part in enumerate(parts))
    if origin is Mapping:
        entries = _expected(dict, data, path)
        return {
            _key(key, path): _read(arguments[1], part, f"{path}.{key}")
            for key, part in entries.items()
        }
    assert isinstance(hint, type), f"{path}: the wire has no form for {hint}"
    if is_dataclass(hint):
        return _read_fields(hint, _expected(dict, data, path), path)
    if hint is float:
        return _finite(_expected(int if type(data) is int else float, data, path), path)
    return _expected(hint, data, path)


def _read_fields(cls: type, data: Mapping[object, object], path: str) -> object:
    hints = _hints(cls)
    names = [field.name for field in fields(cls)]
    for key in data:
        if key not in names:
            raise AssistantError(f"{path}: has no field {reprlib.repr(key)}")
    for name in names:
        if name not in data:
            raise AssistantError(f"{path}.{name}: missing")
    return cls(**{name: _read(hints[name], data[name], f"{path}.{name}") for name in names})


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
