"""Settings as they are in force: from the file, environment variables and flags.

Later sources win: the defaults in `assistant.settings`, the file, environment variables
(``TONEWISE_SPEECH_RATE_WPM``), flags (``--set speech.rate_wpm=150``).
"""

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args, get_origin, get_type_hints

from assistant.errors import SettingsError
from assistant.settings import Limit, Settings

ENVIRONMENT_PREFIX = "TONEWISE_"

EXACT_INTEGERS = 2**53
"""Below it every whole number is a float64."""

FILE_VARIABLE = ENVIRONMENT_PREFIX + "SETTINGS"
"""Names the settings file to use instead of the platform's."""


@dataclass(frozen=True)
class Key:
    """One setting, as documentation and checks see it."""

    name: str
    """Table and key, such as ``speech.rate_wpm``."""
    type: Any
    default: Any
    about: str
    least: Limit
    most: Limit

    @property
    def limits(self) -> str:
        """The range, such as ``80 to 400``; empty where there is none."""
        return ", ".join(f"{least:g} to {most:g}" for least, most in self.ranges)

    @property
    def ranges(self) -> tuple[tuple[float, float], ...]:
        """Least and most of the number, or of each number of a list; none without a range."""
        ends = [end if isinstance(end, tuple) else (end,) for end in (self.least, self.most)]
        return tuple((a, b) for a, b in zip(*ends, strict=True) if None not in (a, b))

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return ENVIRONMENT_PREFIX + self.name.replace(".", "_").upper()


def keys() -> dict[str, Key]:
    """Return every setting by its full name, in the order of the file."""
    found = {}
    for table in fields(Settings):
        section: Any = type(table.default)
        types = get_type_hints(section)
        for entry in fields(section):
            name = f"{table.name}.{entry.name}"
            found[name] = Key(name, types[entry.name], entry.default, **entry.metadata)
    return found


def default_path() -> Path:
    """Return where the settings file lies on this platform; TONEWISE_SETTINGS moves it.

    The path is absolute: what a person lets run is told apart by where it lies.
    """
    import platformdirs

    moved = os.environ.get(FILE_VARIABLE)
    if moved:
        return Path(os.path.abspath(moved))  # links are kept: plugins lie beside them
    return platformdirs.user_config_path("tonewise") / "settings.toml"


def plugin_folder() -> Path:
    """Return the folder of the person's own plugins: ``plugins`` beside the settings file."""
    return default_path().parent / "plugins"


def load(
    path: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    assignments: Iterable[str] = (),
) -> Settings:
    """Return the settings in force.

    Args:
        path: the TOML file; None for `default_path`, where no file means the defaults.
        environment: variables such as ``TONEWISE_SPEECH_RATE_WPM=150``.
        assignments: flags such as ``speech.rate_wpm=150``.

    Raises:
        SettingsError: a file that cannot be read, an unknown key or a value out of range.
    """
    values = values_in(path)
    known = keys()
    variables = {key.variable: key for key in known.values()}
    for variable, text in environment.items():
        if variable in variables:
            key = variables[variable]
            values[key.name] = checked(key, _parsed(key, text, variable), variable)
        elif variable.startswith(ENVIRONMENT_PREFIX) and variable != FILE_VARIABLE:
            nearest = _nearest(variable, [*variables, FILE_VARIABLE])
            raise SettingsError(f"there is no variable {variable}; did you mean {nearest}?")
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        if not sign:
            raise SettingsError(f"--set {assignment}: write it as KEY=VALUE")
        key = key_named(name, f"--set {assignment}")
        values[name] = checked(key, _parsed(key, text, name), name)
    return _settings(values)


def values_in(path: Path | None) -> dict[str, Any]:
    """Return what the file sets, by full name; nothing where the default file is missing.

    Raises:
        SettingsError: it cannot be read, or holds an unknown key or an unfit value.
    """
    where = path or default_path()
    values: dict[str, Any] = {}
    for table, entries in read_file(where, must_exist=path is not None).items():
        if not isinstance(entries, dict):
            raise SettingsError(f"{where}: {table!r} stands outside a table such as [speech]")
        for name, value in entries.items():
            if table == "plugins" and isinstance(value, dict):
                continue  # a plugin's own: see `assistant.plugin_sections`
            key = key_named(f"{table}.{name}", str(where))
            values[key.name] = checked(key, value, f"{where}: {key.name}")
    return values


def read_file(path: Path, must_exist: bool = False) -> dict[str, Any]:
    """Return the file's tables as they stand; none where there is no file.

    Raises:
        SettingsError: the file cannot be read or is not TOML.
    """
    if not must_exist and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error


def key_named(name: str, where: str) -> Key:
    """Return the setting of that full name; raises SettingsError if there is none."""
    known = keys()
    if name in known:
        return known[name]
    nearest = _nearest(name, known)
    raise SettingsError(f"{where}: there is no setting {name!r}; did you mean {nearest!r}?")


def _nearest(name: str, known: Iterable[str]) -> str:
    return difflib.get_close_matches(name, list(known), n=1, cutoff=0)[0]


def _parsed(key: Key, text: str, where: str) -> Any:
    """Return the value that a flag or variable spells."""
    if get_origin(key.type) is tuple:
        parts = [part.strip() for part in text.split(",") if part.strip()]
        return [_number(float, part, where) for part in parts] if key.ranges else parts
    return _number(key.type, text, where) if key.type in (int, float) else text


def _number(kind: type, text: str, where: str) -> Any:
    try:
        return kind(text)
    except ValueError as error:
        raise SettingsError(f"{where}: expected a number, got {text!r}") from error


def checked(key: Key, value: Any, where: str) -> Any:
    """Return ``value`` in the key's type; raises SettingsError if it does not fit."""
    if get_origin(key.type) is Literal:
        choices = get_args(key.type)
        if value not in choices:
            raise SettingsError(f"{where}: expected one of {', '.join(choices)}, got {value!r}")
        return value
    if get_origin(key.type) is tuple:
        return _checked_list(key, value, where)
    if key.type is float and type(value) is int and abs(value) < EXACT_INTEGERS:
        value = float(value)
    if type(value) is not key.type:
        raise SettingsError(f"{where}: expected {key.type.__name__}, got {value!r}")
    _refuse_out_of_range(key, value, where)
    return value


def _checked_list(key: Key, value: Any, where: str) -> Any:
    parts = value if isinstance(value, list) else [None]
    if not key.ranges:
        if all(isinstance(part, str) for part in parts):
            return tuple(parts)
        raise SettingsError(f"{where}: expected a list of names, got {value!r}")
    fits = len(parts) == len(key.ranges) and all(
        type(part) in (int, float) and least <= part <= most
        for part, (least, most) in zip(parts, key.ranges, strict=True)
    )
    if not fits:
        raise SettingsError(
            f"{where}: expected a list of {len(key.ranges)} numbers, {key.limits}, "
            f"got {value!r}"
        )
    return tuple(map(float, parts))


def _refuse_out_of_range(key: Key, value: Any, where: str) -> None:
    if key.type is str and not value.isprintable():
        raise SettingsError(f"{where}: expected printable text, got {value!r}")
    if any(not least <= value <= most for least, most in key.ranges):
        raise SettingsError(f"{where}: expected {key.least} to {key.most}, got {value}")


def _settings(values: Mapping[str, Any]) -> Settings:
    """Return the defaults with ``values`` (by full name) put in."""
    settings = Settings()
    for name, value in values.items():
        table, _, entry = name.partition(".")
        section = replace(getattr(settings, table), **{entry: value})
        settings = replace(settings, **{table: section})
    return settings
