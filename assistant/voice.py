"""The speaking half of a turn: a reply becomes sound, on a loudspeaker or as a file."""

import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from assistant.audio import joined, write_wav
from assistant.errors import SpeechError
from assistant.sentences import sentences
from assistant.stages import Spoken
from assistant.values import Audio, Reply, Style


class Renders(Protocol):
    """Text to sound."""

    def render(self, text: str, style: Style) -> Audio:
        """Return the text as speech in that manner."""

    def stop(self) -> None:
        """End what is being rendered; its `render` raises SpeechError."""


class Plays(Protocol):
    """Sound to the air."""

    def play_parts(self, parts: Iterable[Audio], sounding: Callable[[], None]) -> bool:
        """Play them without a gap; return whether all was heard, or False after `stop`.

        Parts are made while those before them are heard; ``sounding`` is called with the
        first sound.
        """

    def stop(self) -> None:
        """Silence what plays, now."""


def _nothing() -> None:
    pass


def _never() -> bool:
    return False


class Voice:
    """Renders each reply and sends it where it is to go.

    One thread speaks; any may call `stop`.
    """

    def __init__(self, synthesizer: Renders, output: Plays | Path) -> None:
        """Speak through a loudspeaker, or write ``reply-001.wav``, ... into a folder.

        Files that are there are kept; the numbers go on after them.
        """
        self._synthesizer = synthesizer
        self._output = output
        self._number = 0
        self._changing = threading.Lock()  # guards what follows; held for the whole of a stop
        self._stopped: threading.Event | None = None
        """Of the reply that is spoken; None where none is."""

    def speak(
        self,
        reply: Reply,
        sounding: Callable[[], None] = _nothing,
        is_stopped: Callable[[], bool] = _never,
        more: Iterator[str] = iter(()),
    ) -> Spoken:
        """Speak and return when it is over, or soon after `stop`.

        On a loudspeaker the first sentence is heard while the next is rendered; a file
        holds the whole reply, or is not written.

        Args:
            reply: what to say, and how.
            sounding: called once, by this thread, when the first sound goes out.
            is_stopped: whether it was stopped before it began; see `pipeline.Speaks`.
            more: what is to be said after it.

        Raises:
            SpeechError: it could not be rendered; the sentences before were heard.
            DeviceError: it could not be played.
            AudioError: it could not be written.
        """
        stopped = threading.Event()
        with self._changing:
            self._stopped = stopped
        if is_stopped():  # from here on `stop` is heeded; before, this tells
            stopped.set()
        try:
            if isinstance(self._output, Path):
                whole = replace(reply, text=" ".join([reply.text, *more]))
                return self._written(whole, self._output, stopped, sounding)
            texts = itertools.chain([reply.text], more)
            return self._played(texts, reply.style or Style(), self._output, stopped, sounding)
        finally:
            with self._changing:
                self._stopped = None

    def stop(self) -> None:
        """Fall silent, now; `speak` returns. Does nothing where nothing is spoken."""
        with self._changing:
            if self._stopped is None:
                return
            self._stopped.set()  # first: what is not yet begun is not begun then
            self._synthesizer.stop()
            if not isinstance(self._output, Path):
                self._output.stop()

    def _played(
        self,
        texts: Iterable[str],
        style: Style,
        loudspeaker: Plays,
        stopped: threading.Event,
        sounding: Callable[[], None],
    ) -> Spoken:
        rendered: list[Audio] = []
        began_s: list[float] = []

        def parts() -> Iterator[Audio]:
            for sentence in (each for text in texts for each in sentences(text) or [text]):
                if stopped.is_set():
                    return
                rendered.append(self._synthesizer.render(sentence, style))
                yield rendered[-1]

        def begin() -> None:
            began_s.append(time.monotonic())
            sounding()

        try:
            was_heard = loudspeaker.play_parts(parts(), begin)
        except SpeechError:
            if not stopped.is_set():
                raise
            was_heard = False
        audio = joined(rendered) if rendered else None
        whole_s = audio.duration_s if audio else 0.0
        if was_heard and not stopped.is_set():
            return Spoken(whole_s, audio=audio)
        heard_s = time.monotonic() - began_s[0] if began_s else 0.0
        return Spoken(min(heard_s, whole_s), interrupted=True, audio=audio)

    def _written(
        self,
        reply: Reply,
        folder: Path,
        stopped: threading.Event,
        sounding: Callable[[], None],
    ) -> Spoken:
        try:
            audio = self._synthesizer.render(reply.text, reply.style or Style())
        except SpeechError:
            if not stopped.is_set():
                raise
        if stopped.is_set():
            return Spoken(0.0, interrupted=True)
        sounding()
        return Spoken(audio.duration_s, self._file(audio, folder), audio=audio)

    def _file(self, audio: Audio, folder: Path) -> Path:
        """Write a file with the next free number and return its path."""
        while True:
            self._number += 1
            file = folder / f"reply-{self._number:03}.wav"
            if write_wav(file, audio, overwrite=False):
                return file


class Mute:
    """Speaks nothing: for typed conversations where there is no loudspeaker."""

    def speak(
        self,
        reply: Reply,
        sounding: Callable[[], None] = _nothing,
        is_stopped: Callable[[], bool] = _never,
        more: Iterator[str] = iter(()),
    ) -> None:
        """Leave the reply to the screen."""
        for _ in more:
            if is_stopped():
                return

    def stop(self) -> None:
        """Go on saying nothing."""
