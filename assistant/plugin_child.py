"""The child process that runs one plugin: the only place where plugin code is imported.

    python -m assistant.plugin_child {file|entry-point} NAME LOCATION

``{"load": true}`` is answered with `Loaded`, ``{"respond": utterance}`` with `Answered`.
"""

import importlib.util
import inspect
import itertools
import sys
import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from typing import cast

import pluggy
from pluggy import HookCaller, HookimplOpts

from assistant import hookspecs
from assistant.child import Message, serve
from assistant.errors import AssistantError, PluginError
from assistant.values import Reply, Utterance
from assistant.wire import from_plain, to_plain

SIGNATURES = {
    "respond": "def respond(utterance: Utterance) -> Reply | None",
    "phrases": "def phrases() -> Sequence[str]",
}
"""How each hook is written."""

MAX_PHRASES = 200
"""Of one plugin: each makes every utterance a little longer to recognise."""

MAX_PHRASE_CHARACTERS = 100

MAX_FAULT_CHARACTERS = 1_000
"""How much of a plugin's exception is passed on."""


@dataclass(frozen=True)
class Loaded:
    """The answer of a plugin that is ready."""

    order: int
    """-1 where `respond` is marked ``tryfirst``, 1 for ``trylast``, else 0."""
    phrases: tuple[str, ...] = ()
    """What it waits for."""


@dataclass(frozen=True)
class Answered:
    """The answer of a plugin that was asked."""

    reply: Reply | None


class PlainPluginManager(pluggy.PluginManager):
    """Takes a function that is called like a hook for one without `hookimpl` above it too."""

    def parse_hookimpl_opts(self, plugin: object, name: str) -> HookimplOpts | None:
        """Return pluggy's options of the hook, or None where ``name`` is none."""
        options = super().parse_hookimpl_opts(plugin, name)
        if options is not None or name not in SIGNATURES:
            return options
        found = getattr(plugin, name)
        is_function = inspect.isfunction(found) or inspect.ismethod(found)
        return cast(HookimplOpts, {}) if is_function else None  # pluggy adds the defaults


class PluginHost:
    """Loads one plugin when asked to, and then asks it."""

    def __init__(self, kind: str, name: str, location: str) -> None:
        """Describe the plugin; it is not imported yet.

        Args:
            kind: ``file`` or ``entry-point``.
            name: the plugin's name.
            location: path of the .py file, or what the entry point refers to.
        """
        self._kind, self._name, self._location = kind, name, location
        # No plugin's module may shadow one of the standard library, say random.py.
        self._module = f"tonewise_plugin_{name}" if kind == "file" else location.split(":")[0]
        self._hook: HookCaller | None = None  # what is asked, once it is loaded

    def answer(self, message: Message) -> Message:
        """Return the answer to one message of the parent.

        Raises:
            AssistantError: whatever went wrong inside the plugin, in one line.
        """
        try:
            found = self._load() if "load" in message else self._respond(message)
            return cast(Message, to_plain(found))
        except AssistantError:
            raise  # says all there is to say
        except BaseException as error:
            # sys.exit() and the like included: a plugin's fault is told, then life goes on.
            traceback.print_exc()
            raise PluginError(self._told(error)) from error

    def _load(self) -> Loaded:
        manager = PlainPluginManager(hookspecs.PROJECT_NAME)
        manager.add_hookspecs(hookspecs)
        plugin = self._imported()
        try:
            manager.register(plugin, self._name)
            manager.check_pending()
        except pluggy.PluginValidationError as error:
            found = " ".join(str(error).split())
            raise PluginError(f"{found}; the hooks are {_told_hooks()}") from error
        implementations = manager.hook.respond.get_hookimpls()
        if not implementations:
            raise PluginError(f"has no function respond; write `{SIGNATURES['respond']}`")
        phrases = _checked_phrases(manager.hook.phrases())
        self._hook = manager.hook.respond
        return Loaded(implementations[0].trylast - implementations[0].tryfirst, phrases)

    def _imported(self) -> object:
        if self._kind == "entry-point":
            from importlib.metadata import EntryPoint  # slow, and files do without

            return EntryPoint(self._name, self._location, hookspecs.ENTRY_POINT_GROUP).load()
        spec = importlib.util.spec_from_file_location(self._module, self._location)
        assert spec is not None and spec.loader is not None  # it ends in .py
        module = importlib.util.module_from_spec(spec)
        sys.modules[self._module] = module  # dataclasses look themselves up there
        spec.loader.exec_module(module)
        return module

    def _respond(self, message: Message) -> Answered:
        if self._hook is None:  # this process was started in the midst of a turn
            self._load()
        assert self._hook is not None  # loading saw to it
        utterance = from_plain(Utterance, message["respond"])
        reply = self._hook(utterance=utterance)
        if isinstance(reply, str):
            reply = Reply(reply)
        if reply is not None and not isinstance(reply, Reply):
            kind = type(reply).__name__
            raise PluginError(f"respond returned {kind}; return a Reply, a str or None")
        return Answered(reply)

    def _told(self, error: BaseException) -> str:
        """Return ``TypeName: message (file.py line N)``, the line being the plugin's own."""
        told = type(error).__name__
        if text := " ".join(str(error).split()):
            told += f": {text[:MAX_FAULT_CHARACTERS]}"
        package = self._module.partition(".")[0]
        for frame, line in reversed(list(traceback.walk_tb(error.__traceback__))):
            if frame.f_globals.get("__name__", "").partition(".")[0] == package:
                file = frame.f_code.co_filename.rpartition("/")[2]
                return f"{told} ({file} line {line})"
        return told


def _told_hooks() -> str:
    return " and ".join(f"`{signature}`" for signature in SIGNATURES.values())


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


if __name__ == "__main__":
    serve(PluginHost(*sys.argv[1:]).answer)
