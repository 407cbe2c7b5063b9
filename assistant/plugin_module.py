"""One plugin, imported and checked before it is first asked. Only a child process does this."""

import dataclasses
import importlib.util
import inspect
import itertools
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pluggy
from pluggy import HookimplOpts

from assistant import hookspecs
from assistant.errors import AssistantError, PluginError
from assistant.hookspecs import HOOKS, Subscription
from assistant.plugin_context import Context
from assistant.plugin_store import Store
from assistant.wire import check_type, from_plain

MAX_PHRASES = 200
"""Of one plugin: each makes every utterance a little longer to recognise."""

MAX_PHRASE_CHARACTERS = 100

MAX_FAULT_CHARACTERS = 1_000
"""How much of a plugin's exception is passed on."""

HOOK_NAMES = tuple(hook.__name__ for hook in HOOKS)

FAR = 0.6
"""A function that is marked as a hook and less near than this was meant to be respond."""

_WHERE_FROM = re.compile(r"\b[a-z_.]+\.(?=[A-Z])")
"""Of a type in a signature."""


@dataclass(frozen=True)
class Setup:
    """What a plugin is loaded with."""

    settings: Mapping[str, Any]
    """Its section of the settings file."""
    store: str
    """Path of its store; empty for one in memory."""


@dataclass(frozen=True)
class Loaded:
    """What there is to know of a plugin that is ready."""

    order: int
    """-1 where `respond` is marked ``tryfirst``, 1 for ``trylast``, else 0."""
    hooks: tuple[str, ...]
    """Names of those that it implements."""
    phrases: tuple[str, ...] = ()
    """What it waits for."""
    subscription: Subscription | None = None
    """What its `on_emotion` is called for."""
    wants_audio: bool = False
    """Whether it asks to hear what is said: it has ``WANTS_AUDIO = True``."""


def signature(name: str) -> str:
    """Return a hook as it may be written in a plugin."""
    (hook,) = (hook for hook in HOOKS if hook.__name__ == name)
    return f"def {name}{_WHERE_FROM.sub('', str(inspect.signature(hook)))}"


def nearest_hook(name: str, likeness: float) -> str:
    """Return the hook whose name is nearest, by `difflib`; empty where none is as near."""
    import difflib  # only where something is wrong

    return next(iter(difflib.get_close_matches(name, HOOK_NAMES, n=1, cutoff=likeness)), "")


def no_hook(name: str, meant: str) -> str:
    """Return that no hook is called so, and how the one is written that may be meant."""
    return f"there is no hook {name!r}, nobody calls it; write `{signature(meant)}`"


def no_argument(hook: str, names: Sequence[str]) -> str:
    """Return that a hook is not given these arguments, and what it is given."""
    return f"{hook} is given no {', '.join(names)}; write `{signature(hook)}`"


class PluginModule:
    """The code of one plugin."""

    def __init__(self, kind: str, name: str, location: str) -> None:
        """Describe it; nothing is imported yet.

        Args:
            kind: ``file`` or ``entry-point``.
            name: the plugin's name.
            location: path of the .py file, or what the entry point refers to.
        """
        self._kind, self._name, self._location = kind, name, location
        # No plugin's module may shadow one of the standard library, say random.py.
        self._module = f"tonewise_plugin_{name}" if kind == "file" else location.split(":")[0]
        self._manager = _PlainPluginManager(hookspecs.PROJECT_NAME)
        self._manager.add_hookspecs(hookspecs)
        self.context = Context(name)

    def load(self, setup: Setup) -> Loaded:
        """Import it, and start it.

        Raises:
            PluginError: it lacks a hook, or has one that is not written as it should be.
            BaseException: whatever its code raises.
        """
        plugin = self._imported()
        try:
            self._manager.register(plugin, self._name)
            self._manager.check_pending()
        except pluggy.PluginValidationError as error:
            raise PluginError(_refusal(str(error))) from error
        hooks = tuple(name for name in HOOK_NAMES if self._implementations(name))
        if "respond" not in hooks and "on_emotion" not in hooks and "adapt" not in hooks:
            raise PluginError(f"has no function respond; write `{signature('respond')}`")
        self.context.store = Store(Path(setup.store) if setup.store else None)
        self.context.settings = _filled(getattr(plugin, "Settings", None), setup.settings)
        self.call("start")
        phrases = _checked_phrases(self.call("phrases"))
        wants_audio = getattr(plugin, "WANTS_AUDIO", False) is True
        return Loaded(self._order(), hooks, phrases, self._subscription(), wants_audio)

    def call(self, hook: str, **arguments: object) -> object:
        """Return what a hook returns; None where the plugin does not implement it."""
        caller = getattr(self._manager.hook, hook)
        return caller(context=self.context, **arguments)

    def told(self, error: BaseException) -> str:
        """Return ``TypeName: message (file.py line N)``, the line being the plugin's own."""
        told = type(error).__name__
        if text := " ".join(str(error).split()):
            told += f": {text[:MAX_FAULT_CHARACTERS]}"
        return told + self.where(error)

    def where(self, error: BaseException, is_told: bool = False) -> str:
        """Return `` (file.py line N)``, the plugin's line that led to the error, or nothing.

        Args:
            error: what was raised.
            is_told: whether what the plugin itself raises tells enough, and has no line.
        """
        package = self._module.partition(".")[0]
        frames = reversed(list(traceback.walk_tb(error.__traceback__)))
        for depth, (frame, line) in enumerate(frames):
            if frame.f_globals.get("__name__", "").partition(".")[0] == package:
                file = frame.f_code.co_filename.rpartition("/")[2]
                return "" if is_told and depth == 0 else f" ({file} line {line})"
        return ""

    def _imported(self) -> object:
        if self._kind == "entry-point":
            from importlib.metadata import EntryPoint  # slow, and files do without

            return EntryPoint(self._name, self._location, hookspecs.ENTRY_POINT_GROUP).load()
        spec = importlib.util.spec_from_file_location(self._module, self._location)
        assert spec is not None  # it ends in .py
        module = importlib.util.module_from_spec(spec)
        sys.modules[self._module] = module  # dataclasses look themselves up there
        # Not through the loader: its cache takes a file saved twice in a second for the same.
        source = Path(self._location).read_bytes()
        exec(compile(source, self._location, "exec"), module.__dict__)
        return module

    def _implementations(self, hook: str) -> list[pluggy.HookImpl]:
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        return caller.get_hookimpls()

    def _order(self) -> int:
        for implementation in self._implementations("respond"):
            return implementation.trylast - implementation.tryfirst
        return 0

    def _subscription(self) -> Subscription | None:
        for implementation in self._implementations("on_emotion"):
            found = getattr(implementation.function, "subscription", Subscription())
            return cast(Subscription, found)
        return None


class _PlainPluginManager(pluggy.PluginManager):
    """Takes a function that is called like a hook for one without `hookimpl` above it too."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> HookimplOpts | None:
        """Return pluggy's options of the hook, or None where ``name`` is none."""
        options = super().parse_hookimpl_opts(plugin, name)
        if options is not None or name not in HOOK_NAMES:
            return options
        found = getattr(plugin, name)
        is_function = inspect.isfunction(found) or inspect.ismethod(found)
        return cast(HookimplOpts, {}) if is_function else None  # pluggy adds the defaults


def _refusal(found: str) -> str:
    """Return what pluggy found wrong with a hook, with the signature that is right."""
    hook = re.search(r"hook '(\w+)'", found)
    name = hook[1] if hook else ""
    if name not in HOOK_NAMES:
        return no_hook(name, nearest_hook(name, FAR) or "respond")
    if arguments := re.search(r"Argument\(s\) \{(.*)\}", found):
        return no_argument(name, sorted(re.findall(r"\w+", arguments[1])))
    return f"{' '.join(found.split())}; write `{signature(name)}`"


def _filled(kind: object, section: Mapping[str, Any]) -> object:
    """Return the plugin's settings: its defaults, changed by its section of the file."""
    if kind is None:
        if section:
            raise PluginError(f"it has no setting {next(iter(section))!r}: it has none at all")
        return None
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
        raise PluginError("its Settings is no dataclass; write @dataclass above the class")
    try:
        check_type(kind)
    except AssistantError as error:
        raise PluginError(str(error)) from error
    known = {field.name for field in dataclasses.fields(kind) if field.init}
    for name in section:
        if name not in known:
            raise PluginError(f"it has no setting {name!r}; it has {', '.join(sorted(known))}")
    try:
        return from_plain(kind, section, fills=True)
    except AssistantError as error:
        raise PluginError(f"in its section of the settings file: {error}") from error


def _checked_phrases(phrases: object) -> tuple[str, ...]:
    """Return what the hook returned; none for a plugin without it."""
    if phrases is None:
        return ()
    if isinstance(phrases, str) or not isinstance(phrases, Iterable):
        kind = type(phrases).__name__
        raise PluginError(f"phrases returned {kind}; return a list of phrases")
    found = tuple(itertools.islice(phrases, MAX_PHRASES + 1))
    if len(found) > MAX_PHRASES:
        raise PluginError(f"phrases returned more than {MAX_PHRASES}; wait for fewer")
    for phrase in found:
        if not isinstance(phrase, str) or not 0 < len(phrase.strip()) <= MAX_PHRASE_CHARACTERS:
            raise PluginError(
                f"phrases returned {phrase!r:.40}; a phrase is text of at most "
                f"{MAX_PHRASE_CHARACTERS} characters"
            )
    return found
