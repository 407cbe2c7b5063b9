"""Single keys of a terminal, while something else goes on in it.

    space    talk: the first press begins to listen, the second ends it
    m        microphone off, and on again
    s, Esc   stop what is spoken
    q        quit

A terminal tells that a key was pressed, never that it was let go: nobody can be asked to
hold one, and one that is held repeats itself.
"""

import errno
import logging
import os
import re
import select
import signal
import sys
import termios
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from types import FrameType
from typing import Any, Self

TALK, MUTE, HUSH, ESCAPE, QUIT = " ", "m", "s", "\x1b", "q"

ESCAPE_S = 0.05
"""Arrows and other keys send Esc and more; Esc alone is followed by nothing for so long, s."""

LOOK_S = 0.5
"""How often it is looked whether the shell has taken the terminal or given it back, s."""

JOIN_S = 1.0
"""An action that takes longer is not waited for at the end, s."""

LOCAL_FLAGS, CONTROL_CHARACTERS = 3, 6  # places in what termios.tcgetattr returns

DEADLY = (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""What ends a program without a word, unless it has said otherwise."""

_WHOLE = re.compile(
    rb"\x1b(?=\x1b) | \x1b\[\[. | \x1b\[[0-?]*[\ -/]*[@-~] | \x1bO. | \x1b[^\x1b\[O] | [^\x1b]",
    re.DOTALL | re.VERBOSE,
)
"""One key: Esc and then another; F1 to F5 of the Linux console; a CSI sequence of ECMA-48,
section 5.4; SS3, as in application mode; Alt with a key; any other byte."""

_LOG = logging.getLogger("tonewise.keys")

Attributes = list[Any]
"""Of a terminal, as termios has them."""


class Keys:
    """Calls an action when its key is pressed, while used as a context manager.

    Where stdin is no terminal it does nothing. Ctrl-C and Ctrl-Z do what they always do.
    The terminal is as it was whenever somebody else has it: at the end, however it comes
    (all but SIGKILL), and while the program is suspended.
    """

    def __init__(
        self,
        actions: Mapping[str, Callable[[], None]],
        terminal: int | None = None,
        leaving: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        """Describe the keys; nothing is read yet.

        Args:
            actions: What each key does, a character in lower case, `ESCAPE` for Esc. They are
                called one after the other in a thread of their own, and should return at once.
            terminal: Descriptor of the terminal; None for stdin.
            leaving: What it returns lasts while the program is suspended.
        """
        self._actions = actions
        self._leaving = leaving
        self._terminal = _stdin() if terminal is None else terminal
        self._handlers: dict[int, Any] = {}
        self._reader: threading.Thread | None = None
        self._lock = threading.RLock()  # signal handlers take it too; guards what follows
        self._before: Attributes | None = None
        self._is_over = False

    def __enter__(self) -> Self:
        if self._terminal is None:
            return self
        self._is_over = False
        self._wake_end, self._waker = os.pipe()
        self._handle_signals()
        self._take()
        self._reader = threading.Thread(target=self._read, args=(self._terminal,), daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._reader is None:
            return
        with self._lock:
            self._is_over = True
            self._give_back()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._handlers.clear()
        os.close(self._waker)  # which wakes the reader
        self._reader.join(JOIN_S)
        if not self._reader.is_alive():
            os.close(self._wake_end)
        self._reader = None

    def _read(self, terminal: int) -> None:
        """Call actions until the end."""
        # In the background reading fails then, instead of stopping the whole program.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTIN})
        rest = b""
        while (typed := self._typed(terminal, ESCAPE_S if rest else LOOK_S)) is not None:
            keys, rest = _keys(rest + typed) if typed else (_given_up(rest), b"")
            for key in keys:
                self._act(key)

    def _typed(self, terminal: int, patience_s: float) -> bytes | None:
        """Return what is typed next: nothing where patience ends, None when it is over."""
        ready = select.poll()
        ready.register(self._wake_end, select.POLLHUP)
        if is_ours := self._take():  # else what is typed is for the shell
            ready.register(terminal, select.POLLIN)
        elif _is_gone(terminal):
            return None
        happened = dict(ready.poll(1000 * patience_s))
        if self._wake_end in happened or happened.get(terminal, 0) & ~select.POLLIN:
            return None
        if not (is_ours and terminal in happened):
            return b""
        try:
            return os.read(terminal, 1024) or None
        except OSError:  # the terminal is gone, or it has just become the shell's
            return None if _is_ours(terminal) else b""

    def _act(self, key: str) -> None:
        action = self._actions.get(key)
        if action is None:
            return
        try:
            action()
        except Exception:  # it is somebody else's; the other keys go on
            _LOG.exception("the key %r failed", key)

    def _take(self) -> bool:
        """Let each key come at once and unseen; returns whether the terminal is ours."""
        with self._lock:
            if self._is_over or self._terminal is None or not _is_ours(self._terminal):
                return False
            try:
                now = termios.tcgetattr(self._terminal)
                if self._before is None:
                    self._before = now
                single = _single_keys(now)
                if single != now:
                    termios.tcsetattr(self._terminal, termios.TCSANOW, single)
            except termios.error:
                return False
            return True

    def _give_back(self) -> None:
        """Make the terminal what it was; where the shell has it, it has made it its own."""
        with self._lock:
            before, self._before = self._before, None
            if before is None or self._terminal is None or not _is_ours(self._terminal):
                return
            try:
                # At once: to wait until all is printed may be to wait for ever.
                termios.tcsetattr(self._terminal, termios.TCSANOW, before)
            except termios.error:
                pass  # it is gone

    def _handle_signals(self) -> None:
        """Handle those that nobody else does; Python lets only the main thread do it."""
        if threading.current_thread() is not threading.main_thread():
            return
        ours = {number: self._die for number in DEADLY} | {signal.SIGTSTP: self._suspend}
        for number, handler in ours.items():
            if signal.getsignal(number) is signal.SIG_DFL:
                self._handlers[number] = signal.signal(number, handler)

    def _suspend(self, number: int, frame: FrameType | None) -> None:
        with self._lock:  # lest the reader take it once more
            self._give_back()
            signal.signal(number, signal.SIG_DFL)
            with self._leaving():
                signal.raise_signal(number)  # here it stops, until it is resumed
            signal.signal(number, self._suspend)
            self._take()

    def _die(self, number: int, frame: FrameType | None) -> None:
        with self._lock:
            self._give_back()
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)


def interrupt() -> None:
    """End the program as Ctrl-C does; an action for `QUIT`."""
    main = threading.main_thread().ident
    assert main is not None  # it has been started
    signal.pthread_kill(main, signal.SIGINT)  # wakes it, whatever it waits for


def _stdin() -> int | None:
    """Return the descriptor of stdin if that is a terminal."""
    try:
        descriptor = sys.stdin.fileno()
    except (AttributeError, OSError, ValueError):  # none, no file, or closed
        return None
    return descriptor if os.isatty(descriptor) else None


def _is_ours(terminal: int) -> bool:
    """Whether we may use it now: a program in the background may not."""
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:  # it controls nobody, or is gone
        return True


def _is_gone(terminal: int) -> bool:
    try:
        termios.tcgetattr(terminal)
    except termios.error as error:
        return bool(error.args[0] == errno.EIO)
    return False


def _single_keys(attributes: Attributes) -> Attributes:
    single = list(attributes)
    single[LOCAL_FLAGS] &= ~(termios.ICANON | termios.ECHO)
    single[CONTROL_CHARACTERS] = list(single[CONTROL_CHARACTERS])
    single[CONTROL_CHARACTERS][termios.VMIN] = 1
    single[CONTROL_CHARACTERS][termios.VTIME] = 0
    return single


def _keys(typed: bytes) -> tuple[list[str], bytes]:
    """Return the keys that have an ASCII character, and what may be the start of another."""
    keys, end = [], 0
    while found := _WHOLE.match(typed, end):
        end = found.end()
        if len(found[0]) == 1 and found[0].isascii():
            keys.append(found[0].decode().lower())
    return keys, typed[end:]


def _given_up(rest: bytes) -> list[str]:
    """Return the keys in the start of a sequence that nothing followed."""
    return [ESCAPE] if rest == b"\x1b" else []
