"""Asks the plugins for a reply, each in a child process of its own.

A plugin that fails costs its own reply and nothing else. This guards against faults,
not against malice: a plugin still has the rights of the person who enabled it.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Self, TypeVar

from assistant.child import Child, Message
from assistant.errors import AssistantError, ChildError, PluginError
from assistant.plugin_child import Answered, Loaded
from assistant.plugin_discovery import Plugin
from assistant.settings import PluginSettings
from assistant.values import Reply, Utterance
from assistant.wire import from_plain, to_plain

LOAD_DEADLINE_S = 10.0
"""Longest time for loading a plugin; what it imports may take seconds."""

MAX_TEXT_CHARACTERS = 80_000
"""Longest text that plugins are given, over an hour of speech. Twelve bytes each, the most
that JSON needs for a character, still fit `assistant.child.MAX_LINE_BYTES`."""

MAX_REPLY_CHARACTERS = 5_000
"""Longest reply, about six minutes of speech; the rest is cut off."""

MAX_FAULTS = 3
"""After so many faults in a row a plugin is switched off."""

MAX_FAULT_CHARACTERS = 500
"""Longest report of a fault."""

# What programs expect, where Python finds its packages, and nothing secret.
PASSED_ON = ("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
PASSED_ON_TO_PYTHON = ("LD_LIBRARY_PATH", "PYTHONPATH")
PASSED_ON_FAMILIES = ("LC_", "XDG_")

Answer = TypeVar("Answer")


def keep_on(name: str, fault: str) -> None:
    """Switch nothing off."""


class Plugins:
    """The running plugins, asked one after another until one gives a final reply.

    They are asked in the order of pluggy's ``tryfirst`` and ``trylast``, then as the settings
    say, then by name. With ``tryfirst`` the bundled ones come before all others.
    """

    def __init__(
        self,
        plugins: Sequence[Plugin],
        settings: PluginSettings,
        report: Callable[[PluginError], None],
        switch_off: Callable[[str, str], None] = keep_on,
    ) -> None:
        """Take note of the plugins; nothing is started yet.

        Args:
            plugins: what was found; those that may not run are left alone.
            settings: how long they may take, and in which order they are asked.
            report: told of each fault, in the thread that called `start` or `respond`.
            switch_off: told the name and the last fault of a plugin that is not to be
                started again.
        """
        self._found = plugins
        self._settings = settings
        self._report = report
        self._switch_off = switch_off
        self._running: list[_PluginProcess] = []
        self._turn = threading.Lock()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start all plugins at once and wait until each is loaded or has failed."""
        self.stop()
        for plugin in self._found:
            if plugin.is_enabled and plugin.problem:
                self._report(PluginError(f"{plugin.name}: {plugin.problem}"))
        found = [_PluginProcess(plugin) for plugin in self._found if plugin.runs]
        self._running = found  # where stop() finds them while they load
        started = [process for process in found if self._succeeds(process, process.begin)]
        loaded = [process for process in started if self._succeeds(process, process.finish)]
        self._running = sorted(loaded, key=self._rank)

    @property
    def phrases(self) -> tuple[str, ...]:
        """What the running plugins wait for, each once."""
        waited = (phrase for process in self._running for phrase in process.phrases)
        return tuple(dict.fromkeys(waited))

    def respond(self, utterance: Utterance) -> Reply | None:
        """Return what the plugins say together, or None if none of them answers.

        The first reply is the last, unless it ``continues``. ``Reply.plugin`` names who
        spoke, as in ``emotion_readback+companion``.

        Raises:
            PluginError: the text has over `MAX_TEXT_CHARACTERS`; nobody was asked.
        """
        n_characters = len(utterance.transcript.text)
        if n_characters > MAX_TEXT_CHARACTERS:
            raise PluginError(
                f"what was said is too long for plugins: {n_characters} characters, "
                f"at most {MAX_TEXT_CHARACTERS}; say it in parts"
            )
        request = {"respond": to_plain(utterance)}
        replies: list[Reply] = []
        with self._turn:
            for process in tuple(self._running):
                reply = self._asked(process, request)
                if reply is not None:
                    replies.append(reply)
                    if not reply.continues:
                        break
        return _joined(replies)

    def stop(self) -> None:
        """Kill all plugins. Safe to call at any time, from any thread."""
        running, self._running = self._running, []
        for process in running:
            process.is_stopped = True  # before one dies, so that a turn under way ends
        for process in running:
            process.stop()

    def _succeeds(self, process: "_PluginProcess", step: Callable[[], None]) -> bool:
        """Return whether ``step`` of the process went well; it is left out if not."""
        try:
            step()
        except AssistantError as error:
            self._tell(process, error)
            process.stop()
            return False
        return True

    def _asked(self, process: "_PluginProcess", request: Message) -> Reply | None:
        """Return the reply of one plugin; a fault is reported and means none."""
        try:
            reply = process.ask(request, self._settings.deadline_s)
            process.n_faults = 0
            return reply
        except AssistantError as error:
            process.n_faults += 1
            if process.n_faults < MAX_FAULTS:
                self._tell(process, error)
                self._succeeds(process, process.begin)  # ready again by the next turn
            else:
                fault = self._tell(
                    process,
                    error,
                    f"; switched off after {MAX_FAULTS} faults in a row, `tonewise plugins "
                    f"enable {process.name}` switches it on again",
                )
                if fault:
                    self._switch_off(process.name, fault)
                process.stop()
            return None

    def _tell(self, process: "_PluginProcess", error: AssistantError, end: str = "") -> str:
        """Report a fault and return it; what `stop` breaks off is none."""
        if process.is_stopped:
            return ""
        fault = _cleaned(str(error), MAX_FAULT_CHARACTERS)
        self._report(PluginError(f"{process.name}: {fault}{end}"))
        return fault

    def _rank(self, process: "_PluginProcess") -> tuple[int, bool, int, str]:
        """Return what they are sorted by; nobody can speak before `crisis`."""
        order = self._settings.order
        place = order.index(process.name) if process.name in order else len(order)
        is_foreign_first = process.order < 0 and not process.is_bundled
        return process.order, is_foreign_first, place, process.name


class _PluginProcess:
    """One plugin in its child process."""

    def __init__(self, plugin: Plugin) -> None:
        self.name = plugin.name
        self.order = 0
        """-1 with tryfirst, 1 with trylast; known once it is loaded, as are its `phrases`."""
        self.phrases: tuple[str, ...] = ()
        self.n_faults = 0
        """In a row."""
        self.is_stopped = False
        kind = "entry-point" if plugin.origin == "installed" else "file"
        arguments = (kind, plugin.name, plugin.location)
        self._child = Child("assistant.plugin_child", arguments, _environment(os.environ))
        self.is_bundled = plugin.origin == "bundled"
        self._load_by_s = 0.0
        self._is_loading = False
        self._sending = threading.Lock()

    def begin(self) -> None:
        """Start the process unless it runs, and have it load the plugin; does not wait.

        Raises:
            ChildError: the process cannot be started.
        """
        if not self._child.is_running:
            self._load_by_s = time.monotonic() + LOAD_DEADLINE_S
            self._send({"load": True})
            self._is_loading = True

    def finish(self) -> None:
        """Wait until the plugin is loaded.

        Raises:
            AssistantError: it cannot be loaded, or not in time.
        """
        if self._is_loading:
            self._is_loading = False
            left_s = self._load_by_s - time.monotonic()
            try:
                loaded = self._received(Loaded, max(0.0, left_s))
            except AssistantError:
                self._child.stop()  # it would live on without the plugin
                raise
            self.order, self.phrases = loaded.order, loaded.phrases

    def ask(self, request: Message, deadline_s: float) -> Reply | None:
        """Return the plugin's reply, or None if it has nothing to say.

        Raises:
            AssistantError: it raised, died, was too slow, or sent something else.
        """
        self.begin()  # it may have died since it was last asked
        self.finish()
        self._send(request)
        reply = self._received(Answered, deadline_s).reply
        if reply is None:
            return None
        text = _cleaned(reply.text, MAX_REPLY_CHARACTERS)
        return replace(reply, text=text, plugin=self.name) if text else None

    def stop(self) -> None:
        """Kill the process for good; any thread may."""
        self.is_stopped = True
        self._child.stop()  # frees a thread that is stuck in sending
        with self._sending:
            self._child.stop()

    def _send(self, message: Message) -> None:
        with self._sending:  # sending may start a process: not behind the back of stop()
            if self.is_stopped:
                raise ChildError("stopped")
            self._child.send(message)

    def _received(self, answer: type[Answer], deadline_s: float) -> Answer:
        message = self._child.receive(deadline_s)
        try:
            return from_plain(answer, message)
        except AssistantError:
            self._child.stop()  # or what else it sent may be taken for the next answer
            raise


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return what a plugin may see of our variables: no keys, no tokens."""
    return {
        name: value
        for name, value in variables.items()
        if name in PASSED_ON + PASSED_ON_TO_PYTHON or name.startswith(PASSED_ON_FAMILIES)
    }


def _cleaned(text: str, n_characters: int) -> str:
    """Return at most so much of ``text``, printable and on one line."""
    shown = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    return " ".join(shown.split())[:n_characters].rstrip()


def _joined(replies: Sequence[Reply]) -> Reply | None:
    """Return the replies as one, in the style of the last that has one."""
    if not replies:
        return None
    text = _cleaned(" ".join(reply.text for reply in replies), MAX_REPLY_CHARACTERS)
    styles = [reply.style for reply in replies if reply.style is not None]
    plugin = "+".join(reply.plugin for reply in replies)
    return Reply(text, plugin, styles[-1] if styles else None)
