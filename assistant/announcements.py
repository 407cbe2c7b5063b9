"""What the assistant says unasked: now, or when its time has come, also after a restart."""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from assistant.errors import AssistantError, PluginError
from assistant.values import Reply
from assistant.whole_file import put_aside, replacing
from assistant.wire import from_plain, to_plain

MAX_WAITING = 100
"""Of one plugin; more are refused."""

LATE_S = 60.0
"""What comes later than this, the program not having run, says so, s."""

LATE = "While I was not running, this came due: "

LONGEST_SLEEP_S = 1.0
"""The clock may be set, s."""


@dataclass(frozen=True)
class Announcement:
    """One thing that a plugin wants to be said."""

    key: str
    """By which the plugin may cancel it; another one with this key takes its place."""
    reply: Reply
    """Its ``plugin`` is whose it is."""
    due_s: float
    """When, in seconds since 1970 (UTC)."""


@dataclass
class Announcements:
    """What is to be said next, for whoever waits for somebody to speak. For any thread."""

    _ready: "deque[Reply]" = field(default_factory=deque)

    def put(self, reply: Reply) -> None:
        """Have it said when nobody speaks."""
        self._ready.append(reply)

    def take(self) -> Reply | None:
        """Return the next, if there is one."""
        try:
            return self._ready.popleft()
        except IndexError:
            return None


@dataclass(frozen=True)
class _Kept:
    """What the file holds."""

    waiting: tuple[Announcement, ...] = ()


class Schedule:
    """Announcements that wait for their time, in a file, while used as a context manager.

    Any thread may add and cancel. The file is its owner's alone (mode 0600).
    """

    def __init__(
        self,
        path: Path,
        announce: Callable[[Reply], None],
        report: Callable[[PluginError], None],
    ) -> None:
        """Describe it; nothing is read yet.

        Args:
            path: the file.
            announce: told of each whose time has come, in a thread of its own.
            report: told of a file that cannot be read or written; they are kept in memory.
        """
        self._path = path
        self._announce = announce
        self._report = report
        self._changed = threading.Condition()  # guards what follows
        self._waiting: list[Announcement] = []
        self._written: tuple[Announcement, ...] = ()
        self._is_over = False
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._written = self._read()
        self._waiting = list(self._written)
        self._is_over = False
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()

    @property
    def waiting(self) -> tuple[Announcement, ...]:
        """What waits, in no order."""
        with self._changed:
            return tuple(self._waiting)

    def add(self, announcement: Announcement) -> None:
        """Have it said when it is due; at once if it is, and that is not late.

        Raises:
            PluginError: its plugin has `MAX_WAITING` of them.
        """
        announcement = replace(announcement, due_s=max(announcement.due_s, time.time()))
        plugin = announcement.reply.plugin
        with self._changed:
            others = [each for each in self._waiting if not _is(each, plugin, announcement.key)]
            if sum(each.reply.plugin == plugin for each in others) >= MAX_WAITING:
                raise PluginError(f"over {MAX_WAITING} announcements wait")
            self._keep([*others, announcement])

    def cancel(self, plugin: str, key: str) -> None:
        """Forget one; does nothing where there is none."""
        with self._changed:
            self._keep([each for each in self._waiting if not _is(each, plugin, key)])

    def keep_only(self, plugins: Sequence[str]) -> None:
        """Forget those of plugins that do not run any more."""
        with self._changed:
            self._keep([each for each in self._waiting if each.reply.plugin in plugins])

    def _run(self) -> None:
        while (due := self._next_due()) is not None:
            reply, late_s = due.reply, time.time() - due.due_s
            text = f"{LATE}{reply.text}" if late_s > LATE_S else reply.text
            self._announce(replace(reply, text=text))

    def _next_due(self) -> Announcement | None:
        """Wait for the next; None when it is over."""
        with self._changed:
            while not self._is_over:
                first = min(self._waiting, key=lambda each: each.due_s, default=None)
                left_s = first.due_s - time.time() if first else LONGEST_SLEEP_S
                if first is not None and left_s <= 0:
                    self._keep([each for each in self._waiting if each is not first])
                    return first
                self._changed.wait(min(left_s, LONGEST_SLEEP_S))
        return None

    def _keep(self, waiting: list[Announcement]) -> None:
        self._waiting = waiting
        self._changed.notify_all()
        now_s = time.time()
        later = tuple(each for each in waiting if each.due_s > now_s)  # the others are said now
        if later != self._written:
            self._written = later
            self._write(later)

    def _write(self, waiting: tuple[Announcement, ...]) -> None:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self._path, mode=0o600) as file:
                file.write(json.dumps(to_plain(_Kept(waiting))).encode())
        except OSError as error:
            self._report(
                PluginError(
                    f"{self._path}: cannot be written: {error.strerror}; timers end with the "
                    "program"
                )
            )

    def _read(self) -> tuple[Announcement, ...]:
        try:
            return from_plain(_Kept, json.loads(self._path.read_bytes())).waiting
        except FileNotFoundError:
            return ()
        except OSError as error:
            self._report(PluginError(f"{self._path}: cannot be read: {error.strerror}"))
            return ()
        except (ValueError, RecursionError, AssistantError):
            self._report(
                PluginError(f"{self._path} is damaged: timers are lost{self._aside()}")
            )
            return ()

    def _aside(self) -> str:
        try:
            return f"; what is left of them is in {put_aside(self._path)}"
        except OSError:
            return ""


def _is(announcement: Announcement, plugin: str, key: str) -> bool:
    return (announcement.reply.plugin, announcement.key) == (plugin, key)
