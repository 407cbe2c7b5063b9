"""What may be written after ``tonewise``. Imports nothing heavy."""

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.values import EMOTIONS

DESCRIPTION = """\
A voice assistant that hears how you say it. Everything stays on this machine.

  tonewise run                      talk with it
  tonewise analyze clip.wav         what was said in a recording, and how
  tonewise analyze clip.wav --correct sad
                                    say how it was meant; it heeds that from then on
  tonewise doctor                   is everything there?
"""

EPILOG = (
    "Exit status: 0 fine, 1 something failed (one line on stderr says what), 2 wrong usage."
)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    top = argparse.ArgumentParser(
        prog="tonewise",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"tonewise {version('tonewise')}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for add in (
        _run,
        _analyze,
        _enroll,
        _devices,
        _plugins,
        _doctor,
        _settings,
        _corpus,
        _evaluate,
        _train,
        _crossval,
    ):
        add(commands)
    return top


if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def _command(
    commands: "Commands", name: str, about: str, module: str | None = None
) -> argparse.ArgumentParser:
    """Add a command with the flags that all commands have."""
    command = commands.add_parser(name, help=about, description=about, epilog=EPILOG)
    command.set_defaults(module=module or name)
    command.add_argument(
        "--settings", type=Path, metavar="FILE", help="settings file to use instead of yours"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one setting for this call; `tonewise settings` lists them",
    )
    command.add_argument("--debug", action="store_true", help="log what happens to stderr")
    return command


def _json(command: argparse.ArgumentParser, about: str) -> None:
    command.add_argument("--json", action="store_true", help=about)


def _run(commands: "Commands") -> None:
    run = _command(commands, "run", "Talk with the assistant.")
    source = run.add_mutually_exclusive_group()
    source.add_argument(
        "--from",
        dest="recordings",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="hold the conversation on recordings instead of the microphone",
    )
    source.add_argument("--text", action="store_true", help="type instead of talking")
    run.add_argument(
        "--replies",
        type=Path,
        metavar="DIR",
        help="write each reply as WAV instead of playing it",
    )
    run.add_argument("--turns", type=_count, metavar="N", help="end after N turns")
    run.add_argument("--input-device", metavar="NAME", help="microphone, by name")
    run.add_argument("--output-device", metavar="NAME", help="loudspeaker, by name")
    _json(run, "print each event as a JSON object on a line")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


def _analyze(commands: "Commands") -> None:
    analyze = _command(commands, "analyze", "Say what is said in recordings, and how.")
    analyze.add_argument("recordings", nargs="+", type=Path, metavar="FILE")
    analyze.add_argument(
        "--profile",
        metavar="NAME",
        help="hear it as this enrolled voice (default: the one in use)",
    )
    analyze.add_argument(
        "--correct",
        choices=EMOTIONS,
        metavar="EMOTION",
        help="say how it was meant, for that voice's later estimates to heed: "
        + ", ".join(EMOTIONS),
    )
    _json(analyze, "print one JSON object for each file, on a line")


def _enroll(commands: "Commands") -> None:
    enroll = _command(
        commands,
        "enroll",
        "Get to know your voice by three neutral sentences, so that it is heard relative to "
        "itself. The profile stays on this machine and holds no sound. A model that does not "
        "know neutral voices cannot be enrolled with; corrections work with every model: "
        "tonewise analyze FILE --correct EMOTION.",
    )
    enroll.set_defaults(wrong_usage=enroll.error)
    what = enroll.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "name", nargs="?", metavar="NAME", help="whose voice: letters, digits, - and _"
    )
    what.add_argument("--list", action="store_true", help="list the voices")
    what.add_argument("--delete", metavar="NAME", help="forget a voice")
    enroll.add_argument(
        "--from",
        dest="recordings",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="use recordings of an even voice instead of the microphone",
    )
    enroll.add_argument("--replace", action="store_true", help="enrol NAME anew without asking")
    enroll.add_argument("--input-device", metavar="NAME", help="microphone, by name")
    _json(enroll, "print the list as JSON")


def _devices(commands: "Commands") -> None:
    _json(_command(commands, "devices", "List microphones and loudspeakers."), "print JSON")


def _plugins(commands: "Commands") -> None:
    plugins = commands.add_parser(
        "plugins", help="List plugins and choose which may run.", epilog=EPILOG
    )
    actions = plugins.add_subparsers(metavar="ACTION", required=True)
    listing = _command(actions, "list", "List the plugins that were found.", "plugins")
    _json(listing, "print JSON")
    for name, about in (
        ("allow", "Let a plugin run; it can do all that you can on this machine."),
        ("disallow", "Stop a plugin from running."),
    ):
        _command(actions, name, about, "plugins").add_argument("name", metavar="NAME")
    for name, action in actions.choices.items():
        action.set_defaults(action=name)


def _doctor(commands: "Commands") -> None:
    doctor = _command(
        commands, "doctor", "Check all that the assistant needs, and say what to do."
    )
    _json(doctor, "print JSON")


def _settings(commands: "Commands") -> None:
    about = "List every setting: its value, unit, environment variable, and the file."
    _json(_command(commands, "settings", about, "settings_listing"), "print JSON")


def _corpus(commands: "Commands") -> None:
    corpus = commands.add_parser(
        "corpus", help="Download and index recordings whose emotion is known.", epilog=EPILOG
    )
    actions = corpus.add_subparsers(metavar="ACTION", required=True)
    index = _command(
        actions,
        "index",
        "List a folder of recordings as CSV: RAVDESS and TESS as published, or folders named "
        "by emotion (happy/1.wav, anna/happy/1.wav). Paths in it start at its own folder, at "
        "FOLDER if it goes through a pipe.",
        "corpus",
    )
    index.add_argument("folder", type=Path, metavar="FOLDER")
    index.add_argument("--output", type=Path, metavar="FILE", help="write here, not to stdout")
    download = _command(
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


def _evaluate(commands: "Commands") -> None:
    evaluate = _command(
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
    _json(evaluate, "print one JSON object")
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


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part) for part in text.split(","))


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


def _train(commands: "Commands") -> None:
    train = _command(
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
    train.add_argument("--epochs", type=_count, metavar="N", help="passes over the data")
    train.add_argument("--seed", type=int, metavar="N", help="the same seed, the same model")
    train.add_argument("--cache", type=Path, metavar="DIR", help="folder for features")


PROTOCOLS = ("unseen-5", "unseen-6", "random", "tess-by-actress", "nemo-out", "ased-out")
"""Names in `assistant.training.protocols`, which would be slow to import here."""

SYSTEMS = ("tonewise", "mfcc-svm", "mfcc-forest", "mfcc-tree", "mfcc-mlp", "mfcc-cnn")
"""Names in `assistant.training.crossval`."""


def _crossval(commands: "Commands") -> None:
    crossval = _command(
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


def _numbers(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isdecimal() for part in parts):
        raise argparse.ArgumentTypeError(f"expected numbers such as 1,2, got {text!r}")
    return tuple(int(part) for part in parts)
