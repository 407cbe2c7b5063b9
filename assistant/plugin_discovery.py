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

from assistant.errors import PluginError
from assistant.hookspecs import ENTRY_POINT_GROUP
from assistant.plugin_choices import Choices

NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)
"""A name that can be typed, printed and listed between commas."""

MISSING = "enabled, but not there"

Origin = Literal["bundled", "installed", "folder"]


@dataclass(frozen=True)
class Plugin:
    """A plugin that was found; it need not work."""

    name: str
    origin: Origin
    """``bundled`` with the assistant, an ``installed`` package, or in the own ``folder``."""
    location: str
    """Path of the file; of an installed one what its entry point refers to."""
    is_enabled: bool = False
    """Whether the person lets it run."""
    distribution: str = ""
    """The installed package that it comes with."""
    problem: str = ""
    """Why it does not run though it may be enabled, in one line."""
    fault: str = ""
    """Why it was switched off; empty where it was not."""
    may_hear: bool = False
    """Whether the person lets it hear what is said, not only read it."""

    @property
    def runs(self) -> bool:
        """Whether the assistant starts it."""
        return self.is_enabled and not self.problem and not self.fault

    @property
    def identity(self) -> str:
        """What a permission holds for: another file or package of the same name has another."""
        return f"{self.origin}:{self.distribution}:{self.location}"


def find(choices: Choices, folder: Path, bundled: Path) -> tuple[Plugin, ...]:
    """Return every plugin there is, the bundled ones first.

    Of two with one name the first is taken; the other is returned with its problem.
    So are names that were enabled and that are not there.

    Args:
        choices: which of them may run. Bundled ones run unless disabled, others if enabled.
        folder: where the person's own plugins lie; need not exist.
        bundled: where the bundled plugins lie.
    """
    found: dict[str, Plugin] = {}
    others = []
    for plugin in (*_files("bundled", bundled), *_installed(), *_files("folder", folder)):
        taken = found.get(plugin.name)
        if taken is None:
            found[plugin.name] = replace(
                plugin,
                is_enabled=_is_enabled(plugin, choices),
                fault=choices.faulty.get(plugin.name, ""),
                may_hear=plugin.name in choices.hearing,
            )
        elif (plugin.origin, plugin.location) != (taken.origin, taken.location):
            problem = f"another plugin ({taken.origin}) has this name; rename this one"
            others.append(replace(plugin, problem=problem))
    missing = [
        Plugin(name, "folder", str(folder / f"{name}.py"), True, problem=MISSING)
        for name in choices.enabled
        if name not in found
    ]
    return (*found.values(), *others, *missing)


def enabled(choices: Choices, plugin: Plugin, may_hear: bool = False) -> Choices:
    """Return the choices with a plugin that may run, whatever faults it had.

    Args:
        choices: what was chosen before.
        plugin: the one to run.
        may_hear: whether it may hear what is said, not only read it.
    """
    others = disabled(choices, plugin)
    faulty = {name: fault for name, fault in choices.faulty.items() if name != plugin.name}
    hearing = (*others.hearing, plugin.name) if may_hear else others.hearing
    chosen = replace(others, faulty=faulty, hearing=hearing)
    if plugin.origin == "bundled":
        left_out = tuple(name for name in choices.disabled if name != plugin.name)
        return replace(chosen, disabled=left_out)
    return replace(chosen, enabled={**others.enabled, plugin.name: plugin.identity})


def disabled(choices: Choices, plugin: Plugin) -> Choices:
    """Return the choices with a plugin that may not run."""
    hearing = tuple(name for name in choices.hearing if name != plugin.name)
    choices = replace(choices, hearing=hearing)
    if plugin.origin == "bundled":
        left_out = dict.fromkeys((*choices.disabled, plugin.name))
        return replace(choices, disabled=tuple(left_out))
    chosen = {n: identity for n, identity in choices.enabled.items() if n != plugin.name}
    return replace(choices, enabled=chosen)


def announced(choices: Choices, found: Sequence[Plugin]) -> Choices:
    """Return the choices with plugins that the person has been told of."""
    told = dict.fromkeys((*choices.announced, *(plugin.identity for plugin in found)))
    return replace(choices, announced=tuple(told))


def unannounced(choices: Choices, found: Sequence[Plugin]) -> tuple[Plugin, ...]:
    """Return the plugins that might be enabled and that the person was not told of."""
    return tuple(
        plugin
        for plugin in found
        if not plugin.is_enabled
        and not plugin.problem
        and plugin.origin != "bundled"
        and plugin.identity not in choices.announced
    )


def named(name: str, found: Sequence[Plugin]) -> Plugin:
    """Return the plugin of that name.

    Raises:
        PluginError: there is none; the message names the nearest.
    """
    for plugin in found:
        if plugin.name == name:
            return plugin
    names = [plugin.name for plugin in found]
    nearest = difflib.get_close_matches(name, names, n=1, cutoff=0)
    hint = f"; did you mean {nearest[0]!r}?" if nearest else ";"
    raise PluginError(f"there is no plugin {name!r}{hint} `tonewise plugins list` shows them")


def _files(origin: Origin, folder: Path) -> Iterator[Plugin]:
    for path in sorted(folder.glob("[!_.]*.py")):
        if path.is_file():
            yield _checked(Plugin(path.stem, origin, str(path)))


def _installed() -> Iterator[Plugin]:
    for distribution in importlib.metadata.distributions():
        try:
            entry_points = distribution.entry_points.select(group=ENTRY_POINT_GROUP)
            package = (distribution.name or "") if entry_points else ""
        except Exception as error:
            # Another package's broken metadata fails in any way and is no fault of ours.
            log = logging.getLogger("tonewise.plugins")
            log.debug("skipped the metadata of a package: %r", error)
            continue
        for entry_point in entry_points:
            found = Plugin(
                entry_point.name, "installed", entry_point.value, distribution=package
            )
            yield _checked(found)


def _checked(plugin: Plugin) -> Plugin:
    if NAME.fullmatch(plugin.name):
        return plugin
    return replace(
        plugin,
        name=ascii(plugin.name)[1:-1],  # may not be printable
        location=ascii(plugin.location)[1:-1],
        problem="rename it: a name has letters, digits, '_', '-' and '.' only",
    )


def _is_enabled(plugin: Plugin, choices: Choices) -> bool:
    if plugin.origin == "bundled":
        return plugin.name not in choices.disabled
    return choices.enabled.get(plugin.name) == plugin.identity
