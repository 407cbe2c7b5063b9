"""``tonewise analyze``: words and emotion of recordings."""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from assistant.audio import read_audio
from assistant.cli.corrections import corrected, use_if_none, voice_to_correct
from assistant.cli.notes import print_note, print_privacy_note, printable
from assistant.cli.terminal import (
    SCHEMA_VERSION,
    emotion_bars,
    in_words,
    print_json,
)
from assistant.cli.voices import SETTING, note_unused
from assistant.errors import AssistantError, AudioError, ProfileError
from assistant.events import emotion_fields
from assistant.hearing import Analysis, Hearing
from assistant.profile_store import ProfileStore
from assistant.settings import EmotionSettings
from assistant.settings_reading import load
from assistant.values import EmotionEstimate
from assistant.wire import to_plain

LONG_S = 30.0
"""A longer recording takes so long that one wants to see how far it is, s."""


@dataclass(frozen=True)
class Result:
    """What is shown of a recording."""

    path: Path
    analysis: Analysis
    voice: str = ""
    """Name of the profile that it was heard relative to; empty for anybody's voice."""
    before: EmotionEstimate | None = None
    """What was heard before it was corrected; None where it was not."""


def run(options: argparse.Namespace) -> int:
    """Analyze each file; returns 1 if one could not be used.

    Raises:
        ProfileError: the voice that is named or corrected cannot be used.
    """
    listener = _listener(options)
    status = 0
    for path in options.recordings:
        try:
            result = listener.hear(path)
        except AssistantError as error:
            status = 1
            if options.json:
                print_json({"file": str(path), "error": str(error)})
            else:
                print_note(str(error))
            continue
        if options.json:
            print_json(_fields(result))
        else:
            _show(Console(highlight=False), result)
    return status


@dataclass
class Listener:
    """Hears recordings, and keeps corrections of them where it is told to."""

    hearing: Hearing
    max_file_s: float
    label: str | None
    """How each recording was meant; None where nothing is corrected."""
    voice: str
    """Name of the profile that is corrected."""
    store: ProfileStore
    settings_path: Path | None

    def hear(self, path: Path) -> Result:
        """Return what is said in a recording, after it was corrected if it is to be."""
        profile = self.hearing.profile
        analysis = _analyzed(path, self.hearing, self.max_file_s)
        if self.label is None:
            return Result(path, analysis, profile.name if profile else "")
        if not analysis.segments:
            raise AudioError(f"{path}: nobody speaks in it; there is nothing to correct")
        self.hearing = corrected(self.hearing, analysis, self.label, self.voice, self.store)
        if profile is None:
            use_if_none(self.voice, self.settings_path)
        after = _analyzed(path, self.hearing, self.max_file_s)
        return Result(path, after, self.voice, before=analysis.emotion)


def _listener(options: argparse.Namespace) -> Listener:
    """Return what the options ask for, its models loaded."""
    from assistant.build import open_hearing

    named = [f"{SETTING}={options.profile}"] if options.profile is not None else []
    settings = load(options.settings, assignments=[*options.set, *named])
    store = ProfileStore()
    voice = settings.emotion.profile
    if options.correct:
        voice = voice_to_correct(voice, store)
        known = voice if voice in store.names() else ""  # a correction makes the profile
        settings = replace(settings, emotion=EmotionSettings(known))
    report = _refuse if named or options.correct else note_unused
    hearing = open_hearing(settings, report, print_note)
    print_privacy_note(settings.transcription)
    return Listener(
        hearing, settings.audio.max_file_s, options.correct, voice, store, options.settings
    )


def _refuse(error: ProfileError) -> None:
    raise error


def _analyzed(path: Path, hearing: Hearing, max_file_s: float) -> Analysis:
    begin = time.perf_counter()
    audio = read_audio(path, max_file_s)
    decoding_ms = round((time.perf_counter() - begin) * 1000, 1)
    with _bar(path, audio.duration_s) as report:
        analysis = hearing.analyze(audio, report)
    analysis.timings_ms["decoding"] = decoding_ms
    return analysis


@contextmanager
def _bar(path: Path, duration_s: float) -> Iterator[Callable[[float], None]]:
    """Show how far a long recording is, where someone watches; gives what to report to."""
    console = Console(stderr=True)
    is_shown = console.is_terminal and duration_s > LONG_S
    with Progress(console=console, transient=True, disable=not is_shown) as bars:
        task = bars.add_task(printable(path.name), total=duration_s)
        yield lambda done_s: bars.update(task, completed=done_s)


def _fields(result: Result) -> dict[str, Any]:
    """Return the JSON object of one file; its schema is versioned."""
    analysis = result.analysis
    fields = {
        "schema_version": SCHEMA_VERSION,
        "file": str(result.path),
        "duration_s": analysis.duration_s,
        "speech": bool(analysis.segments),
        "transcript": to_plain(analysis.transcript),
        "emotion": emotion_fields(analysis.emotion),
        "segments": [
            {
                "start_s": segment.start_s,
                "end_s": segment.end_s,
                "transcript": to_plain(segment.transcript),
                "emotion": emotion_fields(segment.emotion),
            }
            for segment in analysis.segments
        ],
        "timings_ms": analysis.timings_ms,
    }
    if result.voice:
        fields["profile"] = result.voice
    if result.before is not None:
        fields["before_correction"] = emotion_fields(result.before)
    return fields


def _show(console: Console, result: Result) -> None:
    analysis = result.analysis

    def line(text: str, style: str = "") -> None:
        console.print(Text(printable(text), style), soft_wrap=True)

    voice = f", as {result.voice}" if result.voice else ""
    line(f"{result.path} ({analysis.duration_s:.1f} s{voice})", "bold")
    if analysis.emotion is None:
        line("  no speech in it")
        return
    for segment in analysis.segments:
        line(f"  {segment.start_s:6.1f} - {segment.end_s:.1f} s  {segment.transcript.text}")
        if len(analysis.segments) > 1:
            line(f"{'':18}{in_words(segment.emotion)}", "cyan")
    if result.before is not None:
        line(f"  {in_words(result.before)} before the correction", "cyan")
    line(f"  {in_words(analysis.emotion)}", "bold cyan")
    console.print(emotion_bars(analysis.emotion))
