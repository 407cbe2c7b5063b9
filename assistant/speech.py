"""Text to speech through pyttsx3: each text becomes a file in a child process.

A fresh process for each piece of text, because the engine neither waits for its end nor
forgets the last one; the next processes start while the last one's speech is heard.
"""

import itertools
import logging
import math
import os
import tempfile
import threading
import wave
from collections import deque
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from assistant.audio import SILENCE, joined, pcm_to_samples
from assistant.child import Child
from assistant.errors import ChildError, SpeechError
from assistant.pipes import Message
from assistant.sentences import is_sayable, pieces
from assistant.settings import SpeechSettings
from assistant.values import Audio, Style

RATES_WPM = (80, 450)
"""What eSpeak accepts, words a minute."""

PITCHES = (0, 99)
PITCH_STEPS_PER_OCTAVE = 74
"""How eSpeak's pitch moves the fundamental frequency: measured on eSpeak NG 1.51.

Its table has 50 steps an octave, but moves only the base of the voice, not its range.
"""

CHARACTERS_PER_WORD = 6
"""A usual English word with its space; with the rate it tells how long speech will be."""

N_WAITING = 2
"""Processes started beforehand: sentences follow each other faster than a process starts."""

DEADLINE_FACTOR = 2
DEADLINE_SPARE_S = 5.0
VOICES_DEADLINE_S = 10.0

_LOG = logging.getLogger("tonewise.speech")


def voices(environment: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the ids of the engine's voices.

    Raises:
        SpeechError: there is no speech engine; the message says what to install.
    """
    child = Child("assistant.speech_child", environment=environment)
    try:
        return tuple(_ask(child, {}, VOICES_DEADLINE_S)["voices"])
    except ChildError as error:
        raise SpeechError(str(error)) from error
    finally:
        child.stop()


def _within(value: float, limits: tuple[float, float]) -> float:
    return max(limits[0], min(value, limits[1]))


class Synthesizer:
    """The assistant's voice. Several threads may use it at once."""

    def __init__(
        self, settings: SpeechSettings, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start the first processes.

        Args:
            settings: the voice and its manner.
            environment: the child's variables; None passes ours on.
        """
        self._settings = settings
        self._folder = tempfile.TemporaryDirectory(prefix="tonewise-")  # mode 0700
        # pyttsx3 puts names from TMPDIR into a shell command.
        inherited = os.environ if environment is None else environment
        self._environment = {**inherited, "TMPDIR": self._folder.name}
        self._numbers = itertools.count()
        self._changing = threading.Lock()  # guards what follows
        self._is_closed = False
        self._n_stops = 0
        self._waiting: deque[Child] = deque()
        self._rendering: set[Child] = set()
        self._start_waiting()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes and remove the temporary folder."""
        with self._changing:
            self._is_closed = True
        self.stop()
        with self._changing:
            for child in self._waiting:
                child.stop()
        self._folder.cleanup()

    def stop(self) -> None:
        """End what is being rendered, in whatever thread: its `render` raises SpeechError."""
        with self._changing:
            self._n_stops += 1
            for child in self._rendering:
                child.stop()

    def render(self, text: str, style: Style = Style()) -> Audio:
        """Return ``text`` as speech.

        Text over `MAX_CHARACTERS` is cut, with a warning in the log; text with nothing to
        say, such as emoji, becomes `SILENCE`.

        Args:
            text: anything; it is never executed nor taken for markup.
            style: relative to the settings' voice; what the engine cannot do is clamped.

        Raises:
            SpeechError: no engine, no such voice, it failed twice, or `stop` was called.
        """
        sayable = [piece for piece in pieces(text) if is_sayable(piece)]
        if not sayable:
            return SILENCE
        n_stops = self._n_stops
        return joined([self._render(piece, style, n_stops) for piece in sayable])

    def _render(self, piece: str, style: Style, n_stops: int) -> Audio:
        """Return one piece as speech, trying a second time if the process dies or hangs."""
        try:
            return self._attempt(piece, style, n_stops)
        except ChildError as error:
            if self._n_stops == n_stops:
                _LOG.warning("the speech process failed, trying again: %s", error)
        try:
            return self._attempt(piece, style, n_stops)
        except ChildError as error:
            raise SpeechError(
                f"the speech engine failed twice: {error} (`tonewise doctor` tests it)"
            ) from error

    def _attempt(self, piece: str, style: Style, n_stops: int) -> Audio:
        """Return one piece as speech; raises ChildError where another attempt may help."""
        path = Path(self._folder.name) / f"{next(self._numbers)}.wav"
        request = {"text": piece, "path": str(path), **self._manner(style)}
        estimate_s = len(piece) / CHARACTERS_PER_WORD * 60 / request["rate_wpm"]
        child = self._take_child(n_stops)
        try:
            _ask(child, request, DEADLINE_FACTOR * estimate_s + DEADLINE_SPARE_S)
            return _read(path)
        finally:
            with self._changing:
                self._rendering.discard(child)
            child.stop()
            path.unlink(missing_ok=True)
            self._start_waiting()

    def _manner(self, style: Style) -> Message:
        """Return the engine's properties for a style."""
        pitch_steps = PITCH_STEPS_PER_OCTAVE * math.log2(_within(style.pitch, (0.5, 2)))
        return {
            "voice": self._settings.voice,
            "rate_wpm": round(_within(self._settings.rate_wpm * style.rate, RATES_WPM)),
            "volume": _within(self._settings.volume * style.volume, (0, 1)),
            "pitch": round(_within(self._settings.pitch + pitch_steps, PITCHES)),
        }

    def _new_child(self) -> Child:
        return Child("assistant.speech_child", environment=self._environment)

    def _take_child(self, n_stops: int) -> Child:
        """Return a process for one piece, which `stop` ends; raises SpeechError after it."""
        with self._changing:
            if self._n_stops != n_stops:
                raise SpeechError("stopped")
            child = self._waiting.popleft() if self._waiting else self._new_child()
            self._rendering.add(child)
            return child

    def _start_waiting(self) -> None:
        with self._changing:
            while len(self._waiting) < N_WAITING and not self._is_closed:
                child = self._new_child()
                try:
                    child.start()
                except ChildError:
                    return  # whoever renders tries again and reports it
                self._waiting.append(child)


def _ask(child: Child, request: Message, deadline_s: float) -> Message:
    """Return the answer; raises SpeechError if the child refuses, ChildError if it fails."""
    answer = child.request(request, deadline_s)
    if "refused" in answer:
        raise SpeechError(answer["refused"])
    return answer


def _read(path: Path) -> Audio:
    """Return what the engine wrote; raises ChildError where that is not speech."""
    try:
        with wave.open(str(path)) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            if not pcm.size:
                raise EOFError("no frames")
            return Audio(pcm_to_samples(pcm), file.getframerate())
    except (OSError, EOFError, wave.Error, ValueError) as error:
        raise ChildError(f"the speech engine wrote no speech ({error})") from error
