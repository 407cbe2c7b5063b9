"""``tonewise plugins run``: one turn with one plugin, whether it speaks or fails."""

import json
import subprocess
import sys

import numpy as np
import pytest

from assistant.audio import read_audio
from assistant.cli import main
from assistant.cli.plugin_new import write_package
from assistant.devices import check_sound
from tests.processes import PATIENCE_S

pytestmark = pytest.mark.slow

HEAD = "from assistant import Reply, Style, for_emotions\n"
"""One line before each source."""

ECHO = "def respond(utterance): return 'You said ' + utterance.transcript.text\n"


@pytest.fixture(autouse=True)
def own_data(monkeypatch, tmp_path):
    """What plugins would keep is kept here."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def no_loudspeaker():
    """PortAudio cannot be made deaf: what tests its absence needs a machine without one."""
    if check_sound().has_loudspeaker:
        pytest.skip("this machine has a loudspeaker")


@pytest.fixture
def write(tmp_path):
    """A function that writes a plugin file and returns its path."""

    def write(source, name="lamp"):
        path = tmp_path / "plugins" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEAD + source)
        return path

    return write


@pytest.fixture
def speak(capsys, tmp_path):
    """Runs the command, with replies as WAV; returns status, lines of stdout and of stderr."""

    def run(path, text, *arguments):
        replies = str(tmp_path / "replies")
        command = ["plugins", "run", str(path), "--text", text, "--replies", replies]
        status = main([*command, *map(str, arguments)])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return status, printed.out.splitlines(), printed.err.splitlines()

    return run


def test_the_reply_is_shown_and_written(speak, write, tmp_path):
    status, lines, errors = speak(write(ECHO), "  hello \n there ")
    file = tmp_path / "replies" / "reply-001.wav"
    audio = read_audio(file)
    assert (status, errors) == (0, [])
    assert lines == [
        "You      hello there",
        "Tonewise You said hello there",
        f"         {file} ({audio.duration_s:.1f} s)",
    ]
    assert np.abs(audio.samples).max() > 0.1  # it is heard


def test_it_is_said_in_that_voice_and_answered_in_a_manner_that_suits(speak, write, tmp_path):
    path = write(
        "def respond(utterance):\n"
        "    emotion = utterance.emotion\n"
        "    return emotion and f'{emotion.label} {emotion.confidence} {emotion.certain}'\n"
    )
    status, lines, _ = speak(path, "no", "--emotion", "angry", "--confidence", "0.75")
    assert (status, lines[1:3]) == (0, ["         angry 75%", "Tonewise angry 0.75 True"])
    assert speak(path, "no", "--emotion", "angry", "--confidence", "0.3")[1][1:3] == [
        "         angry 30%, not sure",
        "Tonewise angry 0.3 False",
    ]
    manner = ("--set", "manner.sad=0.5,0.6,0.7")
    lines = speak(path, "no", "--emotion", "sad", "--json", *manner)[1]
    (reply,) = [event["reply"] for event in map(json.loads, lines) if event["event"] == "reply"]
    assert reply["style"] == {"rate": 0.5, "volume": 0.6, "pitch": 0.7}
    assert reply["plugin"] == "lamp"


def test_what_is_yielded_is_shown_as_it_comes_and_written_as_one(speak, write, tmp_path):
    status, lines, _ = speak(write("def respond():\n    yield 'one'\n    yield 'two'\n"), "x")
    assert (status, lines[1:3]) == (0, ["Tonewise one", "         two"])
    assert len(list((tmp_path / "replies").iterdir())) == 1


def test_each_event_is_a_line_of_json(speak, write):
    status, lines, errors = speak(write(ECHO), "x", "--emotion", "sad", "--json")
    assert (status, errors) == (0, [])
    assert [json.loads(line)["event"] for line in lines] == [
        "listening", "heard", "emotion", "reply", "spoke", "timings",
    ]  # fmt: skip


def test_a_package_is_asked_alone(speak, tmp_path):
    write_package("good-things", tmp_path / "package")
    status, lines, errors = speak(tmp_path / "package", "one good thing: the sun was out")
    assert (status, lines[1], errors) == (0, "Tonewise I will remember that.", [])
    # Nothing is kept, and no other plugin answers.
    status, lines, errors = speak(tmp_path / "package", "what a day", "--emotion", "sad")
    assert (status, errors) == (1, ["tonewise: good-things: says nothing to this"])
    assert not (tmp_path / "data").exists()


def test_its_settings_are_those_of_the_file(speak, write, tmp_path):
    path = write(
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Settings:\n    town: str = 'Graz'\n"
        "def respond(context): return context.settings.town\n"
    )
    settings = tmp_path / "own.toml"
    settings.write_text("[plugins.lamp]\ntown = 'Rome'\n")
    assert speak(path, "x")[1][1] == "Tonewise Graz"
    assert speak(path, "x", "--settings", settings)[1][1] == "Tonewise Rome"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def respond(utterance): pass", "lamp: says nothing to this"),
        ("def adapt(reply): return 'x'", "lamp: says nothing to this"),
        ("def respond(): 1 / 0", "lamp: ZeroDivisionError: division by zero (lamp.py line 2)"),
        (
            "def respond(): return 5",
            "lamp: respond returned int; return a Reply, a str or None",
        ),
        (
            "import time\ndef respond(): time.sleep(600)",
            "lamp: no answer within 0.5 s; stopped",
        ),
        ("import os\ndef respond(): os._exit(1)", "lamp: the child process died"),
    ],
)
def test_why_it_says_nothing_is_told_in_one_line(speak, write, source, told):
    fast = ("--set", "plugins.deadline_s=0.3", "--set", "plugins.patience_s=0.2")
    status, lines, errors = speak(write(source), "x", *fast)
    assert (status, errors) == (1, [f"tonewise: {told}"])
    assert not any(line.startswith("Tonewise") and "moment" not in line for line in lines)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("1 / 0", "lamp: ZeroDivisionError: division by zero (lamp.py line 2)"),
        ("def respond(:", "lamp: SyntaxError: invalid syntax (lamp.py, line 2)"),
    ],
)
def test_one_that_cannot_be_loaded_is_asked_nothing(speak, write, source, told):
    assert speak(write(source), "x") == (1, [], [f"tonewise: {told}"])


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("def respond():\n    yield 'one'\n    1 / 0", "division by zero (lamp.py line 4)"),
        (f"{ECHO}def adapt(reply): 1 / 0", "division by zero (lamp.py line 3)"),
        (
            f"{ECHO}import time\ndef on_emotion(emotion): time.sleep(0.7) or 1 / 0",
            "division by zero (lamp.py line 4)",
        ),
    ],
)
def test_a_fault_beside_its_reply_is_told_and_costs_the_status(speak, write, source, told):
    status, lines, errors = speak(write(source), "x", "--emotion", "sad")
    assert status == 1
    assert [line for line in lines if line.startswith("Tonewise")]
    assert errors == [f"tonewise: lamp: ZeroDivisionError: {told}"]


@pytest.mark.parametrize("text", ["stop", "Never mind.", "", "  "])
def test_what_reaches_no_plugin_is_told(speak, write, text):
    status, _, errors = speak(write(ECHO), text)
    assert (status, errors) == (
        1, ["tonewise: no plugin is asked this: it has no words, or ends a reply"],
    )  # fmt: skip


def test_what_it_wants_unasked_is_told_and_nothing_comes_of_it(speak, write, tmp_path):
    path = write(
        "def respond(context):\n"
        "    context.say('tea', after_s=180)\n    context.say('now')\n"
        "    context.correct('calm')\n    context.store['x'] = 1\n"
        "    return 'In three minutes.'\n"
    )
    status, lines, errors = speak(path, "tea", "--emotion", "sad")
    assert (status, lines[2]) == (0, "Tonewise In three minutes.")
    assert errors[0] == "tonewise: it would say in 0 s: now"
    assert errors[1] in [f"tonewise: it would say in {n} s: tea" for n in (178, 179, 180)]
    assert errors[2:] == ["tonewise: it would correct the voice: calm"]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["plugins", "replies"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ["--emotion", "sad", "--confidence", "0.1"],
            "a confidence of 0.1 is none of the like",
        ),
        (["--set", "plugins.deadline=1"], "there is no setting 'plugins.deadline'"),
        (["--set", "speech.voice=nobody"], "nobody"),
    ],
)
def test_what_cannot_be_is_one_line(speak, write, arguments, told):
    status, _, errors = speak(write(ECHO), "x", *arguments)
    assert (status, len(errors)) == (1, 1)
    assert told in errors[0]


def test_a_path_without_a_plugin_and_a_folder_that_cannot_be_made_are_one_line(
    speak, write, tmp_path
):
    path = write(ECHO)
    status, lines, errors = speak(tmp_path / "none.py", "x")
    assert (status, lines) == (1, [])
    assert errors[0].endswith("none.py: is no .py file, and no folder with a pyproject.toml")
    (tmp_path / "replies").touch()
    status, lines, errors = speak(path, "x")
    assert (status, lines) == (1, [])
    assert errors[0].endswith("replies: cannot make this folder: File exists")


@pytest.mark.parametrize("arguments", [[], ["--text", "x", "--emotion", "glad"]])
def test_wrong_usage_exits_with_2(write, capsys, arguments):
    with pytest.raises(SystemExit) as stop:
        main(["plugins", "run", str(write(ECHO)), *arguments])
    assert stop.value.code == 2
    assert "usage: tonewise plugins run" in capsys.readouterr().err


@pytest.mark.usefixtures("no_loudspeaker")
def test_without_a_loudspeaker_it_is_shown(write, capsys):
    assert main(["plugins", "run", str(write(ECHO)), "--text", "hello"]) == 0
    printed = capsys.readouterr()
    assert printed.out.splitlines() == ["You      hello", "Tonewise You said hello"]
    assert printed.err == "tonewise: no loudspeaker; replies are shown and not spoken\n"


def test_it_is_heard_on_the_loudspeaker(virtual_audio, write):
    command = [
        "-m",
        "assistant",
        "plugins",
        "run",
        str(write(ECHO)),
        "--text",
        "hello",
        "--json",
    ]
    with virtual_audio.record() as recording:
        done = subprocess.run(
            [sys.executable, *command],
            env=virtual_audio.environment,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )
    assert (done.returncode, done.stderr) == (0, "")
    (spoke,) = [
        event
        for event in map(json.loads, done.stdout.splitlines())
        if event["event"] == "spoke"
    ]
    heard_s = recording.last_sound_s() - recording.first_sound_s()
    assert 0.5 < heard_s < spoke["duration_s"] + 0.5
