"""``tonewise analyze``: words and emotion of recordings."""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from assistant.audio import read_audio
from assistant.cli.notes import print_note, print_privacy_note, printable
from assistant.cli.terminal import (
    SCHEMA_VERSION,
    emotion_bars,
    emotion_fields,
    in_words,
    print_json,
)
from assistant.errors import AssistantError
from assistant.hearing import Analysis, Hearing
from assistant.settings import load
from assistant.wire import to_plain

LONG_S = 30.0
"""A longer recording takes so long that one wants to see how far it is, s."""


def run(options: argparse.Namespace) -> int:
    """Analyze each file; returns 1 if one could not be used."""
    from assistant.build import open_hearing

    settings = load(options.settings, assignments=options.set)
    hearing = open_hearing(settings)
    print_privacy_note(settings.transcription)
    status = 0
    for path in options.recordings:
        try:
            analysis = _analyzed(path, hearing, settings.audio.max_file_s)
        except AssistantError as error:
            status = 1
            if options.json:
                print_json({"file": str(path), "error": str(error)})
            else:
                print_note(str(error))
            continue
        if options.json:
            print_json(_fields(path, analysis))
        else:
            _show(Console(highlight=False), path, analysis)
    return status


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


def _fields(path: Path, analysis: Analysis) -> dict[str, Any]:
    """Return the JSON object of one file; its schema is versioned."""
    return {
        "schema_version": SCHEMA_VERSION,
        "file": str(path),
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


def _show(console: Console, path: Path, analysis: Analysis) -> None:
    def line(text: str, style: str = "") -> None:
        console.print(Text(printable(text), style), soft_wrap=True)

    line(f"{path} ({analysis.duration_s:.1f} s)", "bold")
    if analysis.emotion is None:
        line("  no speech in it")
        return
    for segment in analysis.segments:
        line(f"  {segment.start_s:6.1f} - {segment.end_s:.1f} s  {segment.transcript.text}")
        if len(analysis.segments) > 1:
            line(f"{'':18}{in_words(segment.emotion)}", "cyan")
    line(f"  {in_words(analysis.emotion)}", "bold cyan")
    console.print(emotion_bars(analysis.emotion))
