"""Which plugins there are and which may run, told from names and metadata alone.

Nothing is imported to find out: importing a plugin runs its code.
"""

import difflib
import importlib.metadata
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from assistant import settings_file
from assistant.errors import PluginError
from assistant.hookspecs import ENTRY_POINT_GROUP
from assistant.settings import PluginSettings

NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
"""A name that can be typed, printed and listed between commas."""

Origin = Literal["bundled", "installed", "folder"]


@dataclass(frozen=True)
class Plugin:
    """A plugin that was found; it need not work."""

    name: str
    origin: Origin
    """``bundled`` with the assistant, an ``installed`` package, or in the own ``folder``."""
    location: str
    """Path of the file; of an installed one what its entry point refers to."""
    is_allowed: bool
    """Whether the settings let it run."""
    problem: str | None = None
    """Why it does not run though it may be allowed, in one line."""

    @property
    def runs(self) -> bool:
        """Whether the assistant starts it."""
        return self.is_allowed and self.problem is None


def find(choice: PluginSettings, folder: Path, bundled: Path) -> tuple[Plugin, ...]:
    """Return every plugin there is, the bundled ones first.

    Of two with one name the first is taken; the other is returned with its problem.
    So are names that the settings allow and that are not there.

    Args:
        choice: which of them may run. Bundled ones run unless disabled, others if allowed.
        folder: where the person's own plugins lie; need not exist.
        bundled: where the bundled plugins lie.
    """
    found: dict[str, Plugin] = {}
    others = []
    for plugin in (*_files("bundled", bundled), *_installed(), *_files("folder", folder)):
        taken = found.get(plugin.name)
        if taken is None:
            found[plugin.name] = replace(plugin, is_allowed=_is_allowed(plugin, choice))
        elif (plugin.origin, plugin.location) != (taken.origin, taken.location):
            problem = f"another plugin ({taken.origin}) has this name; rename this one"
            others.append(replace(plugin, problem=problem))
    missing = [
        Plugin(name, "folder", str(folder / f"{name}.py"), True, "allowed, but not there")
        for name in choice.allowed
        if name not in found
    ]
    return (*found.values(), *others, *missing)


def allow(name: str, found: Sequence[Plugin], path: Path | None = None) -> None:
    """Let a plugin run from the next start on.

    Args:
        name: one of ``found``.
        found: what `find` returned.
        path: the settings file; None for the person's own.

    Raises:
        PluginError: there is no plugin of that name.
        SettingsError: the settings file cannot be read or written.
    """
    _choose(_named(name, found), True, path)


def disallow(name: str, found: Sequence[Plugin], path: Path | None = None) -> None:
    """Keep a plugin from running, from the next start on; the arguments are `allow`'s.

    Raises:
        PluginError: there is no plugin of that name.
        SettingsError: the settings file cannot be read or written.
    """
    _choose(_named(name, found), False, path)


def _files(origin: Origin, folder: Path) -> Iterator[Plugin]:
    for path in sorted(folder.glob("[!_.]*.py")):
        if path.is_file():
            yield _plugin(path.stem, origin, str(path))


def _installed() -> Iterator[Plugin]:
    for distribution in importlib.metadata.distributions():
        try:
            entry_points = distribution.entry_points.select(group=ENTRY_POINT_GROUP)
        except Exception as error:
            # Another package's broken metadata fails in any way and is no fault of ours.
            log = logging.getLogger("tonewise.plugins")
            log.debug("skipped the metadata of a package: %r", error)
            continue
        for entry_point in entry_points:
            yield _plugin(entry_point.name, "installed", entry_point.value)


def _plugin(name: str, origin: Origin, location: str) -> Plugin:
    if NAME.fullmatch(name):
        return Plugin(name, origin, location, False)
    problem = "rename it: a name has letters, digits, '_', '-' and '.' only"
    name, location = ascii(name)[1:-1], ascii(location)[1:-1]  # may not be printable
    return Plugin(name, origin, location, False, problem)


def _is_allowed(plugin: Plugin, choice: PluginSettings) -> bool:
    if plugin.origin == "bundled":
        return plugin.name not in choice.disabled
    return plugin.name in choice.allowed


def _named(name: str, found: Sequence[Plugin]) -> Plugin:
    for plugin in found:
        if plugin.name == name:
            return plugin
    names = [plugin.name for plugin in found]
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ";"
    raise PluginError(f"there is no plugin {name!r}{hint} `tonewise plugins list` shows them")


def _choose(plugin: Plugin, is_allowed: bool, path: Path | None) -> None:
    if plugin.origin == "bundled":
        key, is_listed = "plugins.disabled", not is_allowed
    else:
        key, is_listed = "plugins.allowed", is_allowed

    def changed(names: Sequence[str]) -> list[str]:
        others = [name for name in names if name != plugin.name]
        return [*others, plugin.name] if is_listed else others

    settings_file.change(key, changed, path)
