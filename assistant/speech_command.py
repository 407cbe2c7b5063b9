"""Text to speech by any program that writes a recording: a command line of the settings."""

import contextlib
import itertools
import os
import re
import shlex
import signal
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Self

from assistant.audio import SILENCE, joined, read_at_own_rate
from assistant.errors import AudioError, SettingsError, SpeechError
from assistant.sentences import is_sayable, pieces
from assistant.settings import SpeechSettings
from assistant.values import Audio, Style

PLACEHOLDERS = {
    "wav": "the file to write: WAV, FLAC or OGG of any rate",
    "text": "what to say, a sentence of at most 500 characters, as one argument",
    "text_file": "a file that holds it, in UTF-8",
    "rate": "speed as a factor, 0.47 to 2.65",
    "stretch": "how much longer it is to take, 1 / rate",
    "rate_wpm": "speed in words a minute, 80 to 450",
    "volume": "loudness as a factor, 0 to 1; where it is not taken, we apply it",
    "pitch": "pitch as a factor, 0.5 to 2",
}

USUAL_WPM = SpeechSettings().rate_wpm
"""The speed that is a rate of 1, words a minute."""

RATES_WPM = (80, 450)

MAX_PIECE_S = 600.0
"""Longest recording taken for one piece of text, s."""

TAIL_BYTES = 2_000
"""How much of the end of what a program complains is looked at."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class CommandSynthesizer:
    """A program as the assistant's voice. Several threads may use it at once."""

    def __init__(self, settings: SpeechSettings) -> None:
        """Read the command; nothing is started yet.

        Raises:
            SettingsError: it is not a command line, or its placeholders are not ours.
        """
        self._settings = settings
        self._arguments = _parsed(settings.command)
        self._placeholders = set(_PLACEHOLDER.findall(settings.command))
        self._folder = tempfile.TemporaryDirectory(prefix="tonewise-")  # mode 0700
        self._numbers = itertools.count()
        self._changing = threading.Lock()  # guards what follows
        self._n_stops = 0
        self._running: set[subprocess.Popen[bytes]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End what runs and remove the temporary folder."""
        self.stop()
        self._folder.cleanup()

    def stop(self) -> None:
        """End what is being rendered, in whatever thread: its `render` raises SpeechError."""
        with self._changing:
            self._n_stops += 1
            for process in self._running:
                _kill(process)

    def render(self, text: str, style: Style = Style()) -> Audio:
        """Return ``text`` as speech.

        As `assistant.speech.Synthesizer.render`: cut where it is too long, and `SILENCE`
        where there is nothing to say.

        Args:
            text: anything; no shell sees it.
            style: relative to the settings' voice, as far as the command takes it.

        Raises:
            SpeechError: no such program, it failed, took too long or wrote no speech, or
                `stop` was called.
        """
        n_stops = self._n_stops
        sayable = [piece for piece in pieces(text) if is_sayable(piece)]
        parts = [self._render(piece, style, n_stops) for piece in sayable]
        if not parts:
            return SILENCE
        speech = joined(parts)
        if "volume" in self._placeholders:
            return speech
        return Audio(speech.samples * self._volume(style), speech.sample_rate)

    def _render(self, piece: str, style: Style, n_stops: int) -> Audio:
        stem = Path(self._folder.name) / str(next(self._numbers))
        wav, text, log = (stem.with_suffix(suffix) for suffix in (".wav", ".txt", ".log"))
        try:
            text.write_text(piece, encoding="utf-8")
            values = {"wav": str(wav), "text": piece, "text_file": str(text)}
            self._run(
                _filled(self._arguments, {**values, **self._manner(style)}), text, log, n_stops
            )
            return self._read(wav, log)
        except OSError as error:
            raise SpeechError(f"{self._name}: {error.strerror}: {error.filename}") from error
        finally:
            for path in (wav, text, log):
                path.unlink(missing_ok=True)

    def _run(self, arguments: list[str], text: Path, log: Path, n_stops: int) -> None:
        """Run the program to its end; raises SpeechError where it does not end well."""
        reads_stdin = not self._placeholders & {"text", "text_file"}
        with open(text if reads_stdin else os.devnull, "rb") as stdin, open(log, "wb") as noise:
            process = self._started(arguments, stdin, noise, n_stops)
            # Not wait(timeout): that asks now and then, up to 50 ms late.
            deadline = threading.Timer(self._settings.command_deadline_s, _kill, (process,))
            deadline.start()
            try:
                status = process.wait()
            finally:
                is_late = not deadline.is_alive()
                deadline.cancel()
                with self._changing:
                    self._running.discard(process)
        if self._n_stops != n_stops:
            raise SpeechError("stopped")
        if is_late and status:
            limit_s = self._settings.command_deadline_s
            raise SpeechError(
                f"{self._name} took more than {limit_s:g} s and was ended; raise "
                f"speech.command_deadline_s if it needs that"
            )
        if status:
            how = f"exit status {status}" if status > 0 else f"signal {-status}"
            raise SpeechError(f"{self._name} failed ({how}{_last_line(log)})")

    def _started(
        self, arguments: list[str], stdin: IO[bytes], noise: IO[bytes], n_stops: int
    ) -> "subprocess.Popen[bytes]":
        """Start the program, in a process group of its own, which `stop` ends."""
        with self._changing:
            if self._n_stops != n_stops:
                raise SpeechError("stopped")
            try:
                process = subprocess.Popen(
                    arguments,
                    stdin=stdin,
                    stdout=subprocess.DEVNULL,
                    stderr=noise,
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                program = arguments[0]
                raise SpeechError(
                    f"speech.command: there is no program {program!r}; install it, on Debian "
                    f"perhaps `sudo apt install {program}`, or give its path"
                ) from error
            except OSError as error:
                raise SpeechError(
                    f"{self._name} cannot be started ({error.strerror})"
                ) from error
            self._running.add(process)
            return process

    def _read(self, wav: Path, log: Path) -> Audio:
        try:
            return read_at_own_rate(wav, MAX_PIECE_S)
        except AudioError as error:
            _, _, fault = str(error).partition(": ")
            raise SpeechError(
                f"{self._name} wrote no speech ({fault}{_last_line(log)})"
            ) from error

    @property
    def _name(self) -> str:
        return f"speech.command: {self._arguments[0]}"

    def _volume(self, style: Style) -> float:
        return max(0.0, min(self._settings.volume * style.volume, 1.0))

    def _manner(self, style: Style) -> Mapping[str, str]:
        lowest_wpm, highest_wpm = RATES_WPM
        wanted_wpm = self._settings.rate_wpm * style.rate
        rate_wpm = round(max(lowest_wpm, min(wanted_wpm, highest_wpm)))
        return {
            "rate": f"{rate_wpm / USUAL_WPM:.3f}",
            "stretch": f"{USUAL_WPM / rate_wpm:.3f}",
            "rate_wpm": str(rate_wpm),
            "volume": f"{self._volume(style):.3f}",
            "pitch": f"{max(0.5, min(style.pitch, 2.0)):.3f}",
        }


def _parsed(command: str) -> list[str]:
    """Return the arguments with their placeholders; raises SettingsError."""
    try:
        arguments = shlex.split(command)
    except ValueError as error:
        raise SettingsError(f"speech.command: {error}: {command}") from error
    named = set(_PLACEHOLDER.findall(command))
    if unknown := sorted(named - PLACEHOLDERS.keys()):
        raise SettingsError(
            f"speech.command: there is no placeholder {{{unknown[0]}}}; there are "
            + ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        )
    if "wav" not in named:
        raise SettingsError(
            "speech.command: it must name {wav}, the file that the program writes"
        )
    return arguments


def _filled(arguments: list[str], values: Mapping[str, str]) -> list[str]:
    """Return the arguments with values for placeholders; what a value holds is left alone."""
    filled = []
    for argument in arguments:
        text = _PLACEHOLDER.sub(lambda match: values[match[1]], argument)
        # What is said never becomes an option; a space is not heard.
        is_option = text.startswith("-") and not argument.startswith("-")
        filled.append(f" {text}" if is_option else text)
    return filled


def _last_line(log: Path) -> str:
    """Return what the program complained last, after a colon; empty if it did not."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").split("\n")
    said = [" ".join(line.split()) for line in lines if line.strip()]
    return f": {said[-1]}" if said else ""


def _kill(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
