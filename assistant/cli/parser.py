"""What may be written after ``tonewise``. Imports nothing heavy."""

import argparse
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli.arguments import EPILOG, add_command, add_json_flag, count, share
from assistant.cli.model_parser import add_corpus, add_crossval, add_evaluate, add_train
from assistant.values import EMOTIONS

if TYPE_CHECKING:
    from assistant.cli.arguments import Commands

DESCRIPTION = """\
A voice assistant that hears how you say it. Everything stays on this machine.

  tonewise run                      talk with it
  tonewise analyze clip.wav         what was said in a recording, and how
  tonewise analyze clip.wav --correct sad
                                    say how it was meant; it heeds that from then on
  tonewise stream                   watch how you say it while you speak
  tonewise doctor                   is everything there?
"""


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
        _stream,
        _enroll,
        _devices,
        _plugins,
        _doctor,
        _settings,
        add_corpus,
        add_evaluate,
        add_train,
        add_crossval,
    ):
        add(commands)
    return top


def _run(commands: "Commands") -> None:
    run = add_command(commands, "run", "Talk with the assistant.")
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
    run.add_argument("--turns", type=count, metavar="N", help="end after N turns")
    run.add_argument("--input-device", metavar="NAME", help="microphone, by name")
    run.add_argument("--output-device", metavar="NAME", help="loudspeaker, by name")
    run.add_argument(
        "--timings", action="store_true", help="tell where the time of each turn went"
    )
    add_json_flag(run, "print each event as a JSON object on a line")


def _analyze(commands: "Commands") -> None:
    analyze = add_command(commands, "analyze", "Say what is said in recordings, and how.")
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
    add_json_flag(analyze, "print one JSON object for each file, on a line")


def _stream(commands: "Commands") -> None:
    stream = add_command(
        commands,
        "stream",
        "Show how you say it while you speak, about four times a second, and at the end over "
        "time. q or Ctrl-C ends it.",
    )
    stream.set_defaults(wrong_usage=stream.error)
    stream.add_argument(
        "--file",
        type=Path,
        metavar="RECORDING",
        help="play a recording through instead of listening to the microphone",
    )
    stream.add_argument(
        "--fast", action="store_true", help="with --file: at once, not at the speed of speech"
    )
    stream.add_argument(
        "--profile",
        metavar="NAME",
        help="hear it as this enrolled voice (default: the one in use)",
    )
    stream.add_argument("--input-device", metavar="NAME", help="microphone, by name")
    add_json_flag(
        stream, "print each estimate as a JSON object on a line, and at the end the timeline"
    )


def _enroll(commands: "Commands") -> None:
    enroll = add_command(
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
    add_json_flag(enroll, "print the list as JSON")


def _devices(commands: "Commands") -> None:
    devices = add_command(
        commands,
        "devices",
        "List microphones and loudspeakers, or choose which are used from the next start on.",
    )
    devices.set_defaults(wrong_usage=devices.error)
    for side, noun in (("input", "microphone"), ("output", "loudspeaker")):
        devices.add_argument(
            f"--{side}",
            metavar="NAME",
            help=f"open this {noun}, by a part of its name; save it",
        )
    devices.add_argument("--default", action="store_true", help="use the system's default ones")
    add_json_flag(devices, "print the list as JSON")


def _plugins(commands: "Commands") -> None:
    plugins = commands.add_parser(
        "plugins",
        help="List plugins, choose which may run, and write one of your own.",
        epilog=EPILOG,
    )
    actions = plugins.add_subparsers(metavar="ACTION", required=True)
    listing = add_command(actions, "list", "List the plugins that were found.", "plugins")
    add_json_flag(listing, "print JSON")
    about = "Let a plugin run; it can do all that you can on this machine."
    enable = add_command(actions, "enable", about, "plugins")
    enable.add_argument("name", metavar="NAME")
    enable.add_argument(
        "--audio", action="store_true", help="let it hear what you say, not only read it"
    )
    about = "Stop a plugin from running."
    add_command(actions, "disable", about, "plugins").add_argument("name", metavar="NAME")
    _explain(actions)
    _plugins_new(actions)
    _plugins_check(actions)
    _plugins_run(actions)
    for name, action in actions.choices.items():
        action.set_defaults(action=name)


def _explain(actions: "Commands") -> None:
    about = "Show who would answer some words, and why. They are asked, and keep nothing of it."
    explain = add_command(actions, "explain", about, "plugin_explanation")
    explain.add_argument("words", metavar="WORDS", help="what is said")
    _add_emotion_flags(explain)
    add_json_flag(explain, "print JSON")


def _add_emotion_flags(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--emotion",
        choices=EMOTIONS,
        metavar="EMOTION",
        help="how it is said: " + ", ".join(EMOTIONS) + " (default: it is typed)",
    )
    command.add_argument(
        "--confidence", type=share, default=0.8, help="of that, 0 to 1 (default: 0.8)"
    )


def _plugins_new(actions: "Commands") -> None:
    about = (
        "Write a package with a plugin that runs, its tests and a file for GitHub's test "
        "machines: a folder tonewise-NAME to begin from."
    )
    new = add_command(actions, "new", about, "plugin_new")
    new.add_argument("name", metavar="NAME", help="letters, digits, - and _")
    new.add_argument(
        "--into",
        type=Path,
        default=Path(),
        metavar="DIR",
        help="where the folder goes (default: here)",
    )


def _plugins_check(actions: "Commands") -> None:
    about = (
        "Load a plugin as the assistant would, ask it this and that, and say what is wrong "
        "with it. It need not be enabled; it keeps nothing of it, and nothing is spoken."
    )
    check = add_command(actions, "check", about, "plugin_check")
    _add_plugin_path(check)
    add_json_flag(check, "print JSON")


def _plugins_run(actions: "Commands") -> None:
    about = (
        "Speak one turn with a plugin alone. It need not be enabled; it keeps nothing of it."
    )
    run = add_command(actions, "run", about, "plugin_run")
    _add_plugin_path(run)
    run.add_argument("--text", required=True, metavar="WORDS", help="what is said")
    _add_emotion_flags(run)
    run.add_argument(
        "--replies", type=Path, metavar="DIR", help="write the reply as WAV, not play it"
    )
    add_json_flag(run, "print each event as a JSON object on a line")


def _add_plugin_path(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "path", type=Path, metavar="PATH", help="a .py file, or a folder with pyproject.toml"
    )


def _doctor(commands: "Commands") -> None:
    doctor = add_command(
        commands, "doctor", "Check all that the assistant needs, and say what to do."
    )
    add_json_flag(doctor, "print JSON")


def _settings(commands: "Commands") -> None:
    about = "List every setting: its value, unit, environment variable, and the file."
    add_json_flag(add_command(commands, "settings", about, "settings_listing"), "print JSON")
