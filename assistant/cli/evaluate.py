"""``tonewise evaluate``: how good the emotion model is on labelled recordings."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.progress import TimeRemainingColumn as Remaining

from assistant.bundled import bundled
from assistant.cli.notes import print_note
from assistant.cli.score_tables import show_gains, show_scores
from assistant.cli.terminal import print_json
from assistant.corpora.clips import Clip
from assistant.emotion import EmotionClassifier
from assistant.endpointing import Endpointer
from assistant.scoring.answers import classify_clips, select_clips
from assistant.scoring.description import add_score
from assistant.scoring.disturbances import (
    Disturbances,
    noise_recordings,
    read_room,
    usable_noises,
)
from assistant.scoring.figures import draw_figures, prepare_folder
from assistant.scoring.kept_logits import LogitsKeeper
from assistant.scoring.personal import personal_gains, refuse_too_few
from assistant.scoring.scores import Scores
from assistant.settings_reading import load
from assistant.vad import VoiceDetector

SNR_DB = 10.0
"""Level of the speech over that of a noise, where nobody says otherwise, dB."""

MOST_NOTES = 10
"""Skipped recordings that are named one by one."""


def run(options: argparse.Namespace) -> int:
    """Score the model and print, draw or store the scores; returns 0.

    Raises:
        CorpusError: the index, a noise or a room cannot be used, or has nothing to score.
        ModelError: the model cannot be used.
        ProfileError: the model cannot be enrolled with, and that is to be scored.
        TrainingError: a picture or the description cannot be written, or no speaker has
            enough clips to enrol or correct.
    """
    settings = load(options.settings, assignments=options.set)
    disturbances = _disturbances(options)
    if options.plots:
        prepare_folder(options.plots)
    clips = select_clips(options.index, options.corpus, options.speakers)
    models = options.models or bundled("models")
    classifier = EmotionClassifier.load(models / "emotion.tflite", models / "emotion.json")
    if options.enrolled:
        classifier.neutral_reference()  # refuse before the long wait
    refuse_too_few(clips, options.enrolled, options.corrected)
    endpointer = Endpointer(VoiceDetector(), settings.vad) if options.vad else None
    keeper = LogitsKeeper(classifier, endpointer)
    with _bar(len(clips)) as report:
        answers = classify_clips(clips, keeper, disturbances, settings.audio.max_file_s, report)
    _print_skipped(answers.skipped)
    _print_unvoiced(keeper.n_unvoiced)
    scores = Scores.of(answers)
    gains = personal_gains(
        answers.clips, keeper.kept, classifier, options.enrolled, options.corrected
    )
    cut = "cut by the voice detector" if options.vad else ""
    subject = _subject(options.index, clips, str(disturbances), cut)
    found = scores.to_json() | gains.to_json()
    if options.vad:
        found["n_unvoiced"] = keeper.n_unvoiced
    try:  # before they are printed: the reader of stdout may be gone
        if options.write:
            add_score(models / "emotion.json", options.write, found)
        if options.plots:
            for path in draw_figures(answers, subject, options.plots):
                print_note(f"drew {path}")
    finally:
        if options.json:
            print_json(found)
        else:
            console = Console(highlight=False)
            show_scores(console, scores, subject)
            show_gains(console, gains)
    return 0


def _disturbances(options: argparse.Namespace) -> Disturbances:
    if options.snr is not None and options.noise is None:
        options.wrong_usage("--snr needs --noise DIR")
    noises, unusable = (
        usable_noises(noise_recordings(options.noise)) if options.noise else ((), ())
    )
    _print_skipped(unusable)
    return Disturbances(
        room=read_room(options.room) if options.room else None,
        noises=noises,
        snr_db=SNR_DB if options.snr is None else options.snr,
        gain_db=options.gain,
        telephone=options.telephone,
    )


@contextmanager
def _bar(n_clips: int) -> Iterator[Callable[[int], None]]:
    """Show how many clips are done, where someone watches; gives what to report to."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    is_hidden = not console.is_terminal
    with Progress(*columns, console=console, transient=True, disable=is_hidden) as bars:
        task = bars.add_task("classifying", total=n_clips)
        yield lambda done: bars.update(task, completed=done)


def _print_skipped(skipped: Sequence[str]) -> None:
    for reason in skipped[:MOST_NOTES]:
        print_note(f"skipped {reason}")
    if len(skipped) > MOST_NOTES:
        print_note(f"skipped {len(skipped) - MOST_NOTES} more recordings")


def _print_unvoiced(n: int) -> None:
    if n:
        recordings = "1 recording" if n == 1 else f"{n} recordings"
        print_note(f"found no voice in {recordings}; classified from end to end")


def _subject(index: Path, clips: Sequence[Clip], *treatments: str) -> str:
    """Return in words whose recordings were scored, and what was done to them before."""
    folder = index if index.is_dir() else index.parent
    corpora = sorted({clip.corpus for clip in clips} - {""}) or [folder.resolve().name]
    n_speakers = len({clip.speaker for clip in clips} - {""})
    speakers = f"{n_speakers} speaker{'s' * (n_speakers > 1)}" if n_speakers else ""
    return ", ".join(filter(None, [*corpora, speakers, *treatments]))
