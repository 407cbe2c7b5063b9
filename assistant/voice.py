"""The speaking half of a turn: a reply becomes sound, on a loudspeaker or as a file."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from assistant.audio import write_wav
from assistant.pipeline import Spoken
from assistant.values import Audio, Reply, Style


class Renders(Protocol):
    """Text to sound."""

    def render(self, text: str, style: Style) -> Audio:
        """Return the text as speech in that manner."""


class Plays(Protocol):
    """Sound to the air."""

    def play(self, audio: Audio) -> None:
        """Return when it was heard."""


class Voice:
    """Renders each reply and sends it where it is to go."""

    def __init__(self, synthesizer: Renders, output: Plays | Path) -> None:
        """Speak through a loudspeaker, or write ``reply-001.wav``, ... into a folder.

        Files that are there are kept; the numbers go on after them.
        """
        self._synthesizer = synthesizer
        self._output = output
        self._number = 0

    def speak(
        self,
        reply: Reply,
        sounding: Callable[[], None] = lambda: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> Spoken:
        """Speak and return when it is over.

        Raises:
            SpeechError: it could not be rendered.
            DeviceError: it could not be played.
            AudioError: it could not be written.
        """
        audio = self._synthesizer.render(reply.text, reply.style or Style())
        if isinstance(self._output, Path):
            return Spoken(audio.duration_s, self._written(audio, self._output))
        sounding()
        self._output.play(audio)
        return Spoken(audio.duration_s)

    def stop(self) -> None:
        """Fall silent."""

    def _written(self, audio: Audio, folder: Path) -> Path:
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
        sounding: Callable[[], None] = lambda: None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> None:
        """Leave the reply to the screen."""

    def stop(self) -> None:
        """Do nothing: nothing sounds."""
