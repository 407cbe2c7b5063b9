"""The processes of all plugins: started together, guarded, and ended together."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, TypeVar

from assistant.announcements import Announcement
from assistant.errors import AssistantError, PluginError
from assistant.nursery import Nursery
from assistant.pipes import Message
from assistant.plugin_context import Cancelled, Felt, Unasked
from assistant.plugin_discovery import Plugin
from assistant.plugin_process import PluginProcess, cleaned, plugin_environment

MAX_FAULTS = 3
"""After so many faults in a row a plugin is switched off."""

MAX_FAULT_CHARACTERS = 500
"""Longest report of a fault."""

GOODBYE_S = 1.0
"""So long plugins may take to ``stop``, all together."""

Value = TypeVar("Value")

NO_SETUP: Message = {"settings": {}, "store": ""}


class Board(Protocol):
    """Where goes what plugins want without being asked."""

    def add(self, announcement: Announcement) -> None:
        """Have it said when it is due; raises PluginError where there are too many."""

    def cancel(self, plugin: str, key: str) -> None:
        """Forget one."""

    def correct(self, label: str, turns_back: int) -> None:
        """Keep how the person felt so many utterances ago; raises AssistantError."""

    def reloaded(self, plugin: str) -> None:
        """Take note of a plugin whose file was saved, and that runs anew."""


def keep_on(name: str, fault: str) -> None:
    """Switch nothing off."""


class RunningPlugins:
    """The plugins that run. What one of them does wrong is told, and raises nothing."""

    def __init__(
        self,
        plugins: Sequence[Plugin],
        report: Callable[[PluginError], None],
        switch_off: Callable[[str, str], None] = keep_on,
        setups: Mapping[str, Message] | None = None,
        board: Board | None = None,
    ) -> None:
        """Take note of the plugins; nothing is started yet.

        Args:
            plugins: what was found; those that may not run are left alone.
            report: told of each fault, in whichever thread finds it.
            switch_off: told the name and the last fault of a plugin that is not to be
                started again.
            setups: what each is loaded with, by name; see `plugin_module.Setup`.
            board: takes what they want without being asked; None for nobody.
        """
        self._board = board
        self._found = plugins
        self._report = report
        self._switch_off = switch_off
        self._setups = setups or {}
        self._processes: tuple[PluginProcess, ...] = ()
        self._fresh: PluginProcess | None = None
        self._nursery = Nursery(plugin_environment())

    def __iter__(self) -> Iterator[PluginProcess]:
        return iter(self._processes)

    def start(self, rank: Callable[[PluginProcess], Any]) -> None:
        """Start all at once and wait until each is loaded or has failed; sort them."""
        self.stop()
        for plugin in self._found:
            if plugin.is_enabled and plugin.problem:
                self._report(PluginError(f"{plugin.name}: {plugin.problem}"))
        found = tuple(self._process(plugin) for plugin in self._found if plugin.runs)
        self._processes = found  # where stop() finds them while they load
        started = [process for process in found if self._succeeds(process, process.begin)]
        loaded = [process for process in started if self._succeeds(process, process.finish)]
        self._processes = tuple(sorted(loaded, key=rank))

    def reload(
        self,
        plugin: Plugin,
        rank: Callable[[PluginProcess], Any],
        between_turns: AbstractContextManager[object],
    ) -> None:
        """Put the code as it is now in the place of a running plugin's.

        Where it cannot be loaded that is told, and the plugin goes on as it was. One that was
        switched off stays so.

        Args:
            plugin: which.
            rank: sorts all of them.
            between_turns: entered once the new code is loaded, while it is put in place.
        """
        old = [process for process in self._processes if process.name == plugin.name]
        if any(process.is_stopped for process in old):
            again = f"`tonewise plugins enable {plugin.name}` and a new start let it run again"
            self._report(PluginError(f"{plugin.name}: it is switched off; {again}"))
            return
        fresh = self._process(plugin)
        self._fresh = fresh  # where stop() finds it while it loads
        try:
            fresh.begin()
            fresh.finish()
        except AssistantError as error:
            self._tell(fresh, error, "; it goes on as it was before")
            fresh.stop()
            return
        with between_turns:
            others = [process for process in self._processes if process.name != plugin.name]
            self._processes, self._fresh = tuple(sorted([*others, fresh], key=rank)), None
            self._end(old)
        if self._board is not None:
            self._board.reloaded(plugin.name)

    def stop(self) -> None:
        """End them all. Safe to call at any time, from any thread."""
        processes, self._processes = self._processes, ()
        if self._fresh is not None:
            processes += (self._fresh,)
        self._end(processes)
        self._nursery.close()

    def _end(self, processes: Sequence[PluginProcess]) -> None:
        self._say_goodbye([process for process in processes if process.has("stop")])
        for process in processes:
            process.is_stopped = True  # before one dies, so that a turn under way ends
        for process in processes:
            process.stop()

    def asked(
        self, process: PluginProcess, ask: Callable[..., Value], *arguments: object
    ) -> Value | None:
        """Return what ``ask`` returns; a fault is reported and means None."""
        with process.busy:
            try:
                answer = ask(*arguments)
                # An answer is good when it came to its end, and one that was ended is neither.
                if process.is_running and not getattr(answer, "has_more", False):
                    process.n_faults[process.hook] = 0
                return answer
            except AssistantError as error:
                process.n_faults[process.hook] += 1
                if process.n_faults[process.hook] < MAX_FAULTS:
                    self._tell(process, error)
                    self._succeeds(process, process.begin)  # ready again by the next turn
                else:
                    self._give_up(process, error)
                return None

    def _process(self, plugin: Plugin) -> PluginProcess:
        setup = self._setups.get(plugin.name, NO_SETUP)
        return PluginProcess(plugin, setup, self._take_unasked, self._nursery)

    def _take_unasked(self, plugin: str, unasked: Unasked) -> None:
        if self._board is None:
            return
        try:
            match unasked:
                case Announcement():
                    self._board.add(unasked)
                case Cancelled(key):
                    self._board.cancel(plugin, key)
                case Felt(label, turns_back):
                    self._board.correct(label, turns_back)
        except AssistantError as error:
            self._report(PluginError(f"{plugin}: {error}"))

    def _succeeds(self, process: PluginProcess, step: Callable[[], None]) -> bool:
        """Return whether ``step`` of the process went well; it is left out if not."""
        try:
            step()
        except AssistantError as error:
            self._tell(process, error)
            process.stop()
            return False
        return True

    def _give_up(self, process: PluginProcess, error: AssistantError) -> None:
        fault = self._tell(
            process,
            error,
            f"; switched off after {MAX_FAULTS} faults in a row, `tonewise plugins enable "
            f"{process.name}` switches it on again",
        )
        if fault:
            self._switch_off(process.name, fault)
        process.stop()

    def _tell(self, process: PluginProcess, error: AssistantError, end: str = "") -> str:
        """Report a fault and return it; what `stop` breaks off is none."""
        if process.is_stopped:
            return ""
        fault = cleaned(str(error), MAX_FAULT_CHARACTERS)
        self._report(PluginError(f"{process.name}: {fault}{end}"))
        return fault

    def _say_goodbye(self, processes: Sequence[PluginProcess]) -> None:
        until_s = time.monotonic() + GOODBYE_S
        leaving = []
        for process in processes:
            if process.busy.acquire(timeout=GOODBYE_S / 10):  # else it does something else
                leaving.append(process)
                with contextlib.suppress(AssistantError):
                    process.say_goodbye()
        for process in leaving:
            process.wait_for_end(until_s)
            process.busy.release()
