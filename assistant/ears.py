"""The microphone in a conversation: a thread listens while the assistant answers.

On loudspeakers it is half-duplex: what is captured while the assistant answers is dropped, so
that it does not hear itself. Where nothing of the reply reaches the microphone, listening goes
on, and who speaks over the assistant interrupts it.
"""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, Self

import numpy as np

from assistant.announcements import Announcements
from assistant.audio import CHUNK_SAMPLES, level_db
from assistant.errors import AssistantError
from assistant.listening import Listener, Misheard, Outcome, Understood
from assistant.pipeline import Said
from assistant.values import Samples

SOURCE = "microphone"

INTERRUPTING_CHUNKS = 4
"""Chunks with a voice that interrupt, 128 ms: a click or a cough is shorter, and silence
within 300 ms is left time enough."""

ECHO_TAIL_S = 0.3
"""For so long after a reply what is left of its echo may still arrive, s."""

SIGNALS_S = 0.2
"""How long one wait lasts: Python sees a signal that comes just before it at its end, s."""

_SILENCE = np.zeros(CHUNK_SAMPLES, np.float32)


class Listens(Protocol):
    """A microphone, as far as a conversation needs one."""

    def chunks(self) -> Iterator[Samples]:
        """Yield 32 ms of sound at a time, 16 kHz, until it is closed."""

    def discard(self) -> None:
        """Drop what was captured and not yet yielded."""

    def close(self) -> None:
        """End `chunks`, from any thread."""


@dataclass
class Ears:
    """Listens in a thread of its own while used as a context manager.

    The other methods may be called by any thread.
    """

    microphone: Listens
    listener: Listener
    interrupt: Callable[[], None] | None = None
    """Called when somebody speaks while the assistant answers; None is half-duplex."""
    needs_push: bool = False
    """Whether it listens only between `push` and the next `push`."""
    interrupting_db: float = float("-inf")
    """While the assistant answers quieter sound is taken for silence, dB of full scale (RMS
    of a chunk): an echo canceller leaves something, and that is still a voice."""
    announcements: Announcements = field(default_factory=Announcements)
    """What the assistant has to say by itself; said while nobody speaks."""
    _said: "queue.Queue[Said | AssistantError | None]" = field(default_factory=queue.Queue)
    _changing: threading.Lock = field(default_factory=threading.Lock)
    _is_answering: bool = False
    _is_muted: bool = False
    _is_pushed: bool = False
    _answered_s: float = float("-inf")
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._listen, name="ears", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.microphone.close()
        if self._thread is not None:
            self._thread.join()

    @property
    def is_muted(self) -> bool:
        """Whether nothing is heard."""
        return self._is_muted

    def mute(self) -> bool:
        """Hear nothing, or hear again; returns whether it is muted now."""
        with self._changing:
            self._is_muted = not self._is_muted
            return self._is_muted

    def push(self) -> bool:
        """Begin to listen, or end what is said; returns whether it listens now."""
        with self._changing:
            self._is_pushed = not self._is_pushed
            return self._is_pushed

    def said(self) -> Iterator[Said]:
        """Yield what is said; whoever asks for the next has answered the last.

        Raises:
            DeviceError: the microphone was lost for good.
        """
        while True:
            self._answering(False)
            said = self._next()
            if isinstance(said, AssistantError):
                raise said
            if said is None:
                return
            self._answering(True)
            yield said

    def _next(self) -> "Said | AssistantError | None":
        while True:
            with contextlib.suppress(queue.Empty):
                return self._said.get(timeout=SIGNALS_S)
            if not self.listener.n_voiced and (reply := self.announcements.take()):
                return Said(reply, reply.plugin)

    def _answering(self, is_answering: bool) -> None:
        with self._changing:
            if self._is_answering and not is_answering and self.interrupt is None:
                self.microphone.discard()
            if self._is_answering and not is_answering:
                self._answered_s = time.monotonic()
            self._is_answering = is_answering

    def _listen(self) -> None:
        try:
            for chunk in self.microphone.chunks():
                self._hear(chunk)
            self._said.put(None)
        except AssistantError as error:
            self._said.put(error)

    def _hear(self, chunk: Samples) -> None:
        with self._changing:
            is_answering = self._is_answering
            is_deaf = self._is_muted or (is_answering and self.interrupt is None)
            is_released = self.needs_push and not self._is_pushed
            is_echoing = is_answering or time.monotonic() - self._answered_s < ECHO_TAIL_S
        if is_released and not is_deaf and self.listener.n_voiced:
            self._put(self.listener.finish())
        if is_deaf or is_released:
            if self.listener.n_voiced:
                self.listener.reset()
            return
        if is_echoing and level_db(chunk) < self.interrupting_db:
            chunk = _SILENCE
        self._put(self.listener.hear(chunk))
        if is_answering and self.interrupt and self.listener.n_voiced == INTERRUPTING_CHUNKS:
            self.interrupt()

    def _put(self, outcome: Outcome | None) -> None:
        match outcome:
            case Understood():
                said = Said(
                    outcome.segment,
                    SOURCE,
                    outcome.timings_ms,
                    outcome.ended_s,
                    outcome.speech.audio,
                )
            case Misheard(error):
                said = Said(error, SOURCE)
            case _:
                return
        with self._changing:
            # From here on the sound belongs to nobody until this is answered.
            self._is_answering = True
        self._said.put(said)
