"""What recognises utterances while they are spoken, and the simpler way to do it.

`WholeEngine` has a function that takes a whole recording, and begins with it at the first
pause. Engines that can decode chunk by chunk do so in `stepped_recognition.py`.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from assistant.audio import SAMPLE_RATE, samples_to_pcm
from assistant.errors import ChildError
from assistant.values import Samples

if TYPE_CHECKING:
    from speech_recognition import AudioData

Recognize = Callable[["AudioData"], str]
"""Sound to words, as SpeechRecognition's ``recognize_*`` methods do; any callable will do."""

DEADLINE_FACTOR = 5
"""A recogniser may take so many times as long as the sound it was given ..."""
DEADLINE_SPARE_S = 15.0
"""... and so many seconds more: much, for machines that are busy otherwise."""


@dataclass(frozen=True)
class Words:
    """What a recogniser heard."""

    text: str
    """With its marks for noise; empty where it understood nothing."""
    phrase: str = ""
    """The phrase that was waited for and that this is, as it was declared."""
    confidence: float | None = None
    """How sure it is of them, 0 to 1; None where it does not tell."""


class Recognition(Protocol):
    """One utterance. `feed`, `pause` and `resume` return at once."""

    def feed(self, samples: Samples) -> None:
        """Take the next sound: float32, full scale ±1.0, 16 kHz."""

    def pause(self) -> None:
        """Find the words now: it may be over. What is fed from here on is held back."""

    def resume(self) -> None:
        """Go on: it was not over."""

    def end(self) -> Words:
        """Return the words, without what was fed after a `pause`.

        Raises:
            ChildError: the child process died, hung or reports an error.
            Exception: whatever else an engine raises.
        """

    def drop(self) -> None:
        """Forget it."""


class Engine(Protocol):
    """What recognises utterances, one at a time."""

    def begin(self) -> Recognition:
        """Begin an utterance."""

    def whole(self, pcm: bytes) -> Words:
        """Return what is said in 16-bit samples at 16 kHz; raises as `Recognition.end` does."""

    def listen_for(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Listen for phrases as well; returns the words in them that are not known.

        Raises:
            ChildError: the child process died, hung or reports an error.
        """

    def close(self) -> None:
        """End what runs."""


class WholeEngine:
    """A function from a whole recording to words, called in a thread."""

    def __init__(self, recognize: Recognize, spare_s: float = DEADLINE_SPARE_S) -> None:
        """Use ``recognize``, for one utterance at a time; ``spare_s`` as `DEADLINE_SPARE_S`."""
        self._recognize = recognize
        self._one_at_a_time = threading.Lock()
        self._spare_s = spare_s

    def close(self) -> None:
        """Do nothing: nothing runs that could be ended."""

    def begin(self) -> "WholeRecognition":
        """Begin an utterance."""
        return WholeRecognition(self.submit, self._spare_s)

    def whole(self, pcm: bytes) -> Words:
        """Return what is said in 16-bit samples at 16 kHz."""
        with self._one_at_a_time:
            return Words(self._recognize(_audio_data(pcm)))

    def listen_for(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Do nothing: such an engine has no two searches whose scores can be compared."""
        return ()

    def submit(self, pcm: bytes, is_wanted: threading.Event) -> "Future[Words]":
        """Recognise in a thread, unless it is no more wanted when its turn comes."""
        found: Future[Words] = Future()

        def run() -> None:
            try:
                with self._one_at_a_time:
                    text = self._recognize(_audio_data(pcm)) if is_wanted.is_set() else ""
                found.set_result(Words(text))
            except BaseException as error:  # raised where the result is asked for
                found.set_exception(error)

        # A daemon: one that hangs is not waited for when the program ends.
        threading.Thread(target=run, name="recognizer", daemon=True).start()
        return found


class WholeRecognition:
    """One utterance for a function that takes it whole."""

    def __init__(
        self, submit: Callable[[bytes, threading.Event], "Future[Words]"], spare_s: float
    ) -> None:
        """Begin it."""
        self._submit = submit
        self._spare_s = spare_s
        self._heard = bytearray()
        self._kept = bytearray()
        self._found: Future[Words] | None = None
        self._is_wanted = threading.Event()

    def feed(self, samples: Samples) -> None:
        """Take the next sound."""
        if self._found is None:
            self._heard += to_pcm(samples)
        else:
            self._kept += to_pcm(samples)

    def pause(self) -> None:
        """Begin to recognise what there is."""
        if self._found is None:
            self._is_wanted = threading.Event()
            self._is_wanted.set()
            self._found = self._submit(bytes(self._heard), self._is_wanted)

    def resume(self) -> None:
        """Forget that; where it has begun, the next one waits for its end."""
        self._is_wanted.clear()
        self._found = None
        self._heard += self._kept
        self._kept.clear()

    def end(self) -> Words:
        """Return the words."""
        self.pause()
        assert self._found is not None  # pause() saw to it
        duration_s = len(self._heard) / 2 / SAMPLE_RATE
        deadline_s = DEADLINE_FACTOR * duration_s + self._spare_s
        try:
            return self._found.result(deadline_s)
        except FutureTimeoutError:
            if self._found.done():
                raise  # the engine's own
            raise ChildError(f"no answer within {deadline_s:g} s") from None

    def drop(self) -> None:
        """Forget it."""
        self._is_wanted.clear()


def _audio_data(pcm: bytes) -> "AudioData":
    from speech_recognition import AudioData

    return AudioData(pcm, SAMPLE_RATE, 2)


def to_pcm(samples: Samples) -> bytes:
    """Return samples as 16-bit little-endian bytes."""
    return samples_to_pcm(np.asarray(samples)).astype("<i2").tobytes()
