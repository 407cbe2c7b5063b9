"""Text to speech through pyttsx3: each text becomes a file in a child process.

A fresh process for each piece of text, because the engine neither waits for its end nor
forgets the last one; the next process starts while the last one's speech is heard.
"""

import itertools
import logging
import math
import os
import re
import tempfile
import threading
import unicodedata
import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Self

import numpy as np

from assistant.audio import pcm_to_samples
from assistant.child import Child, Message
from assistant.errors import ChildError, SpeechError
from assistant.settings import SpeechSettings
from assistant.values import Audio, Style

PIECE_CHARACTERS = 500
"""Longest text given to the engine: eSpeak's driver reads past its end, fatally from 15 kB."""

MAX_CHARACTERS = 5_000
"""Longer texts are cut here, at the end of a sentence: about six minutes of speech."""

SILENCE = Audio(np.zeros(2_205, np.float32), 22_050)
"""What a text without letters or digits sounds like: 0.1 s."""

RATES_WPM = (80, 450)
"""What eSpeak accepts, words a minute."""

PITCHES = (0, 99)
PITCH_STEPS_PER_OCTAVE = 74
"""How eSpeak's pitch moves the fundamental frequency: measured on eSpeak NG 1.51.

Its table has 50 steps an octave, but moves only the base of the voice, not its range.
"""

CHARACTERS_PER_WORD = 6
"""A usual English word with its space; with the rate it tells how long speech will be."""

DEADLINE_FACTOR = 2
DEADLINE_SPARE_S = 5.0
VOICES_DEADLINE_S = 10.0

_SENTENCE_END = re.compile(r"[.!?…:;][\"')\]]*\s|[。！？]")
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


def pieces(text: str) -> list[str]:
    """Return ``text`` in parts of at most `PIECE_CHARACTERS`, cut at sentence ends if possible.

    Without control characters, and not more than `MAX_CHARACTERS` in all.
    """
    # Cs are halves of a character, which cannot be written as UTF-8.
    clean = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    rest = " ".join(clean.split())
    parts: list[str] = []
    n_left = MAX_CHARACTERS
    while rest and n_left > 0:
        end = _cut(rest, min(PIECE_CHARACTERS, n_left))
        parts.append(rest[:end].strip())
        rest = rest[end:].strip()
        n_left -= end
    if rest:
        _LOG.warning("a text was too long to be spoken: its last %d characters", len(rest))
    return parts


def _cut(text: str, most: int) -> int:
    """Return where to cut: after a sentence, else after a word, else in the middle of it."""
    if len(text) <= most:
        return len(text)
    window = text[: most + 1]
    ends = [match.end() for match in _SENTENCE_END.finditer(window) if match.end() <= most]
    return ends[-1] if ends else window.rfind(" ") + 1 or most


def _within(value: float, limits: tuple[float, float]) -> float:
    return max(limits[0], min(value, limits[1]))


class Synthesizer:
    """The assistant's voice. Several threads may use it at once."""

    def __init__(
        self, settings: SpeechSettings, environment: Mapping[str, str] | None = None
    ) -> None:
        """Start the first process.

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
        self._next: Child | None = None
        self._start_next()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the waiting process and remove the temporary folder."""
        with self._changing:
            self._is_closed = True
        if (child := self._take_next()) is not None:
            child.stop()
        self._folder.cleanup()

    def render(self, text: str, style: Style = Style()) -> Audio:
        """Return ``text`` as speech.

        Text over `MAX_CHARACTERS` is cut, with a warning in the log; text with nothing to
        say, such as emoji, becomes `SILENCE`.

        Args:
            text: anything; it is never executed nor taken for markup.
            style: relative to the settings' voice; what the engine cannot do is clamped.

        Raises:
            SpeechError: no engine, no such voice, or it failed twice.
        """
        sayable = [piece for piece in pieces(text) if any(map(str.isalnum, piece))]
        if not sayable:
            return SILENCE
        spoken = [self._render(piece, style) for piece in sayable]
        samples = np.concatenate([audio.samples for audio in spoken])
        return Audio(samples, spoken[0].sample_rate)

    def _render(self, piece: str, style: Style) -> Audio:
        """Return one piece as speech, trying a second time if the process dies or hangs."""
        try:
            return self._attempt(piece, style)
        except ChildError as error:
            _LOG.warning("the speech process failed, trying again: %s", error)
        try:
            return self._attempt(piece, style)
        except ChildError as error:
            raise SpeechError(
                f"the speech engine failed twice: {error} (`tonewise doctor` tests it)"
            ) from error

    def _attempt(self, piece: str, style: Style) -> Audio:
        """Return one piece as speech; raises ChildError where another attempt may help."""
        path = Path(self._folder.name) / f"{next(self._numbers)}.wav"
        request = {"text": piece, "path": str(path), **self._manner(style)}
        estimate_s = len(piece) / CHARACTERS_PER_WORD * 60 / request["rate_wpm"]
        child = self._take_next() or self._new_child()
        try:
            _ask(child, request, DEADLINE_FACTOR * estimate_s + DEADLINE_SPARE_S)
            return _read(path)
        finally:
            child.stop()
            path.unlink(missing_ok=True)
            self._start_next()

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

    def _take_next(self) -> Child | None:
        with self._changing:
            child, self._next = self._next, None
            return child

    def _start_next(self) -> None:
        with self._changing:
            if self._next is None and not self._is_closed:
                child = self._new_child()
                try:
                    child.start()
                except ChildError:
                    return  # whoever renders tries again and reports it
                self._next = child


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
