"""The command line, run as a person or a program runs it."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from importlib import util

import numpy as np
import pytest
import soundfile

from assistant.audio import read_audio
from assistant.build import plugin_choices
from assistant.cli import main
from assistant.devices import check_sound
from assistant.plugin_discovery import Plugin, enabled
from assistant.profile_store import ProfileStore
from assistant.profiles import Correction, Impression, VoiceProfile
from assistant.values import EMOTIONS
from tests.conftest import RECORDINGS, ROOT
from tests.fakes import estimate, tone
from tests.own_plugins import write_own

pytestmark = pytest.mark.slow

HELLO = RECORDINGS / "1_hello.wav"
TIME = RECORDINGS / "3_time.wav"


@pytest.fixture(autouse=True)
def empty_folder(monkeypatch, tmp_path):
    """Commands are run from an empty folder."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def no_sound_card():
    """PortAudio cannot be made blind: what tests its absence needs a machine without one."""
    found = check_sound()
    if found.has_microphone or found.has_loudspeaker:
        pytest.skip("this machine has a sound card")


@pytest.fixture
def tonewise(capsys):
    """Runs a command here; returns exit status, lines of stdout, text of stderr."""

    def run(*arguments):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:  # argparse
            status = stop.code
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return status, printed.out.splitlines(), printed.err

    return run


def json_lines(lines):
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("command", ["", "run", "analyze", "devices", "plugins", "doctor"])
def test_help_says_what_it_does_and_what_the_exit_status_means(tonewise, command):
    status, lines, _ = tonewise(*command.split(), "--help")
    assert status == 0
    assert "0 fine" in "\n".join(lines)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["sing"],
        ["analyze"],
        ["run", "--turns", "0"],
        ["run", "--turns", "many"],
        ["run", "--text", "--from", "a.wav"],
        ["plugins"],
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2(tonewise, arguments):
    status, _, error = tonewise(*arguments)
    assert status == 2
    assert "usage: tonewise" in error


def test_analyze_gives_one_json_object_a_file_in_the_published_form(tonewise):
    status, lines, error = tonewise("analyze", "--json", HELLO, TIME)
    assert (status, error) == (0, "")
    hello, time = json_lines(lines)
    assert set(hello) == {
        "schema_version", "file", "duration_s", "speech", "transcript", "emotion",
        "segments", "timings_ms",
    }  # fmt: skip
    assert hello["schema_version"] == 1
    assert hello["file"] == str(HELLO)
    assert hello["duration_s"] == pytest.approx(read_audio(HELLO).duration_s, abs=0.001)
    assert hello["speech"] is True
    assert hello["transcript"] == {
        "text": "hello there how are you",
        "language": "en-US",
        "engine": "pocketsphinx",
        "phrase": "",
        "confidence": None,
    }
    assert time["transcript"]["text"] == "what time is it"
    emotion = hello["emotion"]
    assert set(emotion) == {"label", "confidence", "certain", "probabilities"}
    assert tuple(emotion["probabilities"]) == EMOTIONS
    assert sum(emotion["probabilities"].values()) == pytest.approx(1, abs=0.001)
    assert emotion["confidence"] == max(emotion["probabilities"].values())
    (segment,) = hello["segments"]
    assert set(segment) == {"start_s", "end_s", "transcript", "emotion"}
    assert 0 <= segment["start_s"] < segment["end_s"] <= hello["duration_s"] + 0.05
    assert set(hello["timings_ms"]) == {
        "decoding", "speech_detection", "transcription", "emotion",
    }  # fmt: skip


def test_analyze_draws_all_eight_probabilities(tonewise):
    status, lines, _ = tonewise("analyze", HELLO)
    assert status == 0
    assert "hello there how are you" in "\n".join(lines)
    for label in EMOTIONS:
        assert any(line.strip().startswith(label) and line.endswith("%") for line in lines)
    assert any("█" in line for line in lines)


def test_silence_is_no_speech_and_no_failure(tonewise, tmp_path):
    soundfile.write(tmp_path / "silence.wav", np.zeros(32_000), 16_000)
    status, lines, _ = tonewise("analyze", "--json", tmp_path / "silence.wav")
    (silence,) = json_lines(lines)
    assert status == 0
    assert (silence["speech"], silence["emotion"], silence["segments"]) == (False, None, [])
    assert silence["transcript"]["text"] == ""
    _, lines, _ = tonewise("analyze", tmp_path / "silence.wav")
    assert any("no speech in it" in line for line in lines)


def bad_inputs(folder):
    """Files that hold no usable sound, by what is wrong with them."""
    samples = tone(1.0).samples.copy()
    samples[5] = np.nan
    soundfile.write(folder / "nan.wav", samples, 16_000, subtype="FLOAT")
    (folder / "empty.wav").touch()
    (folder / "diary.wav").write_text("Dear diary")
    soundfile.write(folder / "hour.flac", np.zeros(16_000 * 601, np.int16), 16_000)
    (folder / "folder").mkdir()
    names = ("nan.wav", "empty.wav", "diary.wav", "hour.flac", "folder", "none.wav")
    return [folder / name for name in names]


def test_files_that_cannot_be_used_are_named_and_the_others_go_on(tonewise, tmp_path):
    bad = bad_inputs(tmp_path)
    status, lines, error = tonewise("analyze", "--json", *bad, TIME)
    assert (status, error) == (1, "")
    *refused, good = json_lines(lines)
    assert [set(one) for one in refused] == [{"file", "error"}] * len(bad)
    assert [one["file"] for one in refused] == [str(path) for path in bad]
    assert all(one["error"].startswith(one["file"]) for one in refused)
    assert good["transcript"]["text"] == "what time is it"


def test_for_people_each_unusable_file_is_one_line_on_stderr(tonewise, tmp_path):
    bad = bad_inputs(tmp_path)
    status, lines, error = tonewise("analyze", *bad)
    assert (status, lines) == (1, [])
    assert [line.split(": ")[:2] for line in error.splitlines()] == [
        ["tonewise", str(path)] for path in bad
    ]


@pytest.mark.parametrize(
    ("samples", "sample_rate", "how"),
    [
        pytest.param(np.array([0.5]), 16_000, {}, id="1-sample"),
        pytest.param(tone().samples, 16_000, {"subtype": "PCM_U8"}, id="8-bit"),
        pytest.param(tone().samples, 16_000, {"subtype": "PCM_24"}, id="24-bit"),
        pytest.param(tone().samples, 16_000, {"subtype": "FLOAT"}, id="float"),
        pytest.param(np.zeros((8_000, 8)), 8_000, {}, id="8-channel"),
        pytest.param(np.zeros(192_000), 192_000, {}, id="192-khz"),
        pytest.param(tone().samples, 16_000, {"format": "AIFF"}, id="aiff-named-wav"),
    ],
)
def test_odd_recordings_give_a_result(tonewise, tmp_path, samples, sample_rate, how):
    soundfile.write(tmp_path / "odd.wav", samples, sample_rate, **how)
    status, lines, error = tonewise("analyze", "--json", tmp_path / "odd.wav")
    assert (status, error) == (0, "")
    assert json_lines(lines)[0]["speech"] is False


def test_run_holds_the_conversation_on_recordings(tonewise, tmp_path):
    replies = tmp_path / "out"
    status, lines, error = tonewise(
        "run", "--from", HELLO, TIME, "--replies", replies, "--json"
    )
    assert (status, error) == (0, "")
    events = json_lines(lines)
    assert [event["event"] for event in events] == [
        "listening",
        *["heard", "emotion", "reply", "spoke", "timings", "listening"] * 2,
    ]
    heard, emotion, reply, spoke = events[1:5]
    assert heard["transcript"]["text"] == "hello there how are you"
    assert heard["source"] == str(HELLO)
    assert emotion["emotion"]["label"] in EMOTIONS
    assert reply["reply"]["text"]
    assert reply["reply"]["plugin"] == "emotion_readback+small_talk"
    assert spoke["file"] == str(replies / "reply-001.wav")
    for path, event in zip(sorted(replies.iterdir()), (spoke, events[10]), strict=True):
        audio = read_audio(path)
        assert audio.duration_s == pytest.approx(event["duration_s"], abs=0.01)
        assert np.abs(audio.samples).max() > 0.1  # it is heard


def test_what_is_kept_of_a_conversation_is_what_the_settings_ask_for(tonewise, tmp_path):
    log, folder = tmp_path / "events.jsonl", tmp_path / "recordings"
    flags = ("--from", TIME, "--replies", tmp_path / "out", "--json")
    asked = ("--set", f"log.file={log}", "--set", f"recorder.folder={folder}")
    status, lines, error = tonewise("run", *flags, *asked)
    assert status == 0
    assert [line.partition(": ")[2][:15] for line in error.splitlines()] == ["recorder.folder"]
    logged = json_lines(log.read_text().splitlines())
    for line in logged:
        assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert logged == json_lines(lines)
    heard, reply = sorted(folder.iterdir())
    assert heard.name.endswith("Z-turn-0001-heard.wav")
    assert reply.name.endswith("Z-turn-0001-reply.wav")
    events = {event["event"]: event for event in json_lines(lines)}
    for path, event in ((heard, events["heard"]), (reply, events["spoke"])):
        assert read_audio(path).duration_s == pytest.approx(event["duration_s"], abs=0.01)


def test_nothing_is_kept_that_is_not_asked_for(tonewise, tmp_path):
    tonewise("run", "--from", TIME, "--replies", tmp_path / "out")
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_another_program_is_the_voice_of_a_conversation(tonewise, tmp_path):
    command = "flite -voice slt -o {wav} -f {text_file}"
    flags = ("--from", TIME, "--replies", tmp_path, "--json")
    status, lines, error = tonewise("run", *flags, "--set", f"speech.command={command}")
    assert (status, error) == (0, "")
    (spoke,) = [event for event in json_lines(lines) if event["event"] == "spoke"]
    assert soundfile.info(spoke["file"]).samplerate == 16_000  # eSpeak's is another
    assert soundfile.info(spoke["file"]).duration == pytest.approx(
        spoke["duration_s"], abs=0.01
    )


def test_a_voice_that_is_not_installed_costs_the_sound_of_replies(tonewise, tmp_path):
    command = "piperette --output_file {wav}"
    flags = ("--from", TIME, "--replies", tmp_path, "--json")
    status, lines, error = tonewise("run", *flags, "--set", f"speech.command={command}")
    events = {event["event"]: event for event in json_lines(lines)}
    assert (status, error) == (1, "")
    assert events["reply"]["reply"]["text"]
    assert "no program 'piperette'; install it" in events["error"]["error"]


def test_nothing_leaves_the_machine(tmp_path):
    """Python tells its audit hooks of every connection and look-up of a name."""
    program = (
        "import sys\n"
        "def refuse(event, arguments):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'socket.sendto'):\n"
        "        print('CONNECTS', arguments, file=sys.stderr)\n"
        "sys.addaudithook(refuse)\n"
        "from assistant.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, "run", "--from", TIME, "--replies", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "what time is it" in answer.stdout
    assert answer.stderr == ""


def test_run_ends_after_the_turns_asked_for(tonewise, tmp_path):
    _, lines, _ = tonewise(
        "run", "--from", HELLO, TIME, "--replies", tmp_path / "out", "--json", "--turns", "1"
    )
    assert [event["event"] for event in json_lines(lines)].count("reply") == 1


def test_run_goes_on_after_a_file_that_cannot_be_used_and_exits_with_1(tonewise, tmp_path):
    status, lines, _ = tonewise(
        "run", "--from", tmp_path / "none.wav", TIME, "--replies", tmp_path / "out", "--json"
    )
    events = json_lines(lines)
    assert status == 1
    assert [event["error"] for event in events if event["event"] == "error"] == [
        f"{tmp_path}/none.wav: no such file"
    ]
    assert "reply" in [event["event"] for event in events]


@pytest.mark.usefixtures("no_sound_card")
def test_without_a_sound_card_the_demo_is_held(tonewise, tmp_path):
    status, lines, error = tonewise("run")
    assert status == 0
    assert len(error.splitlines()) == 1
    assert "no microphone" in error
    assert "demo" in error
    n_recordings = len(list(RECORDINGS.glob("*.wav")))
    assert sum(line.startswith("You") for line in lines) == n_recordings
    assert sum(line.startswith("Tonewise") for line in lines) == n_recordings
    assert len(list((tmp_path / "tonewise-replies").glob("reply-*.wav"))) == n_recordings


def test_a_chosen_microphone_that_is_not_there_is_an_error_and_no_demo(tonewise, tmp_path):
    for flag in ("--input-device", "--output-device"):
        status, lines, error = tonewise("run", flag, "Røde")
        assert status == 1
        assert not any(line.startswith("You") for line in lines)
        assert "no microphone found" in error.splitlines()[-1]


def test_replies_never_replace_a_file(tonewise, tmp_path):
    """Not even where the folder holds the very recordings that are heard."""
    for name in ("reply-001.wav", "reply-003.wav"):
        shutil.copy(TIME, tmp_path / name)
    recordings = [tmp_path / "reply-001.wav", tmp_path / "reply-003.wav"]
    status, lines, _ = tonewise("run", "--from", *recordings, "--replies", tmp_path, "--json")
    assert status == 0
    written = [event["file"] for event in json_lines(lines) if event["event"] == "spoke"]
    assert written == [f"{tmp_path}/reply-002.wav", f"{tmp_path}/reply-004.wav"]
    assert all(path.read_bytes() == TIME.read_bytes() for path in recordings)


def interrupted(number, *arguments, after="listening"):
    """Send a signal to a command once it has printed ``after``; return its exit status."""
    with subprocess.Popen(
        [sys.executable, "-m", "assistant", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while after not in (line := process.stdout.readline()):
            assert line
        process.send_signal(number)
        process.send_signal(signal.SIGINT)  # someone impatient
        _, error = process.communicate(timeout=30)
    assert "Traceback" not in error
    return process.returncode


SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_conversation_that_is_interrupted_ended_well(number, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    flags = ("--replies", tmp_path / "out", "--json")
    assert interrupted(number, "run", "--from", *[HELLO] * 9, *flags, after='"heard"') == 0
    assert [path.name for path in tmp_path.iterdir() if path.name != "out"] == []


def test_a_conversation_with_an_error_is_not_fine_for_being_interrupted(tmp_path):
    flags = ("--replies", tmp_path / "out", "--json")
    recordings = [tmp_path / "none.wav", *[HELLO] * 9]
    status = interrupted(signal.SIGINT, "run", "--from", *recordings, *flags, after='"heard"')
    assert status == 1


def test_an_analysis_that_is_interrupted_is_not_fine():
    assert interrupted(signal.SIGINT, "analyze", "--json", *[HELLO] * 9, after="{") == 130


def typed(text, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "assistant", "run", "--text", *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        timeout=60,
    )


@pytest.mark.usefixtures("no_sound_card")
def test_typed_turns_are_answered_from_the_words():
    answer = typed("hello\nbye\n", "--json")
    assert answer.returncode == 0, answer.stderr
    events = json_lines(answer.stdout.splitlines())
    assert [event["event"] for event in events] == [
        "listening", *["heard", "reply", "timings", "listening"] * 2,
    ]  # fmt: skip
    assert events[2]["reply"]["plugin"] == "small_talk"
    assert "no loudspeaker" in answer.stderr


@pytest.mark.usefixtures("no_sound_card")
def test_a_typed_conversation_may_be_empty():
    answer = typed("")
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == ""


def test_a_typed_line_that_is_too_long_is_left_out_and_the_next_is_answered():
    answer = typed("hello " * 300_000 + "\nhi\n", "--json")
    assert answer.returncode == 0
    assert "is too long; type it in parts" in answer.stderr
    events = json_lines(answer.stdout.splitlines())
    assert [event["event"] for event in events].count("reply") == 1


@pytest.mark.parametrize(
    ("command", "status", "error"),
    [
        ("settings >&-", 0, ""),
        ("settings --json > /dev/full", 1, "tonewise: cannot print the result: No space left"),
        ("run --text <&-", 0, ""),
        ("settings --json 2>&-", 0, ""),
        ("plugins list --json | true", 0, ""),
    ],
)
def test_streams_that_are_closed_or_full_are_no_traceback(command, status, error):
    answer = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m assistant {command}"],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
    )
    assert answer.returncode == status
    assert answer.stderr.startswith(error)
    assert "Traceback" not in answer.stderr


def test_a_reader_that_goes_away_is_no_traceback():
    command = f"{sys.executable} -m assistant plugins list | true"
    answer = subprocess.run(
        command, shell=True, capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert answer.stderr == ""


@pytest.mark.usefixtures("no_sound_card")
def test_devices_says_that_there_are_none(tonewise):
    status, lines, error = tonewise("devices")
    assert (status, lines) == (0, [])
    assert "no microphone and no loudspeaker" in error
    assert json_lines(tonewise("devices", "--json")[1]) == [[]]


def test_plugins_are_listed_with_where_they_come_from(tonewise):
    (found,) = json_lines(tonewise("plugins", "list", "--json")[1])
    names = {plugin["name"]: plugin for plugin in found}
    assert names["companion"]["origin"] == "bundled"
    assert names["companion"]["is_enabled"] is True
    assert any(line.startswith("companion") for line in tonewise("plugins", "list")[1])


@pytest.mark.usefixtures("no_sound_card")
def test_an_own_plugin_answers_once_it_was_enabled(tonewise, tmp_path):
    folder = tmp_path / "settings" / "plugins"
    folder.mkdir(parents=True)
    (folder / "parrot.py").write_text(
        "from assistant import Reply\n\n\n"
        "def respond(utterance):\n    return Reply('Squawk ' + utterance.transcript.text)\n"
    )
    assert "Squawk" not in typed("hello\n").stdout
    status, lines, _ = tonewise("plugins", "enable", "parrot")
    assert (status, lines) == (0, ["parrot runs from the next start on."])
    assert "Squawk hello" in typed("hello\n").stdout
    tonewise("plugins", "disable", "parrot")
    assert "Squawk" not in typed("hello\n").stdout


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A function that writes an own plugin, which is not enabled."""
    monkeypatch.setenv("COLUMNS", "300")  # a path fits into the list

    def write(name, source):
        path = tmp_path / "settings" / "plugins" / f"{name}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
        return path

    return write


def listed(tonewise, name):
    """Its line in the list of plugins."""
    (line,) = [line for line in tonewise("plugins", "list")[1] if line.startswith(name)]
    return " ".join(line.split())


def test_who_may_hear_is_told_and_listed(tonewise, own):
    own("parrot", "WANTS_AUDIO = True\ndef respond(): return 'Squawk'\n")
    how = "it wants to hear what you say; `tonewise plugins enable parrot --audio` lets it"
    runs = "parrot runs from the next start on"
    assert tonewise("plugins", "enable", "parrot") == (0, [f"{runs}."], f"tonewise: {how}\n")
    assert "folder yes /" in listed(tonewise, "parrot")
    for _ in range(2):
        assert tonewise("plugins", "enable", "parrot", "--audio") == (
            0, [f"{runs}, and hears what you say."], "",
        )  # fmt: skip
    assert "folder yes, hears what you say /" in listed(tonewise, "parrot")
    for told in (f"{runs}, and hears no longer what you say.", f"{runs}."):
        assert tonewise("plugins", "enable", "parrot") == (0, [told], f"tonewise: {how}\n")
    assert "hears" not in listed(tonewise, "parrot")


def test_one_that_never_asks_to_hear_is_not_let(tonewise, own):
    own("crow", "def respond(): return 'Caw'\n")
    assert tonewise("plugins", "enable", "crow", "--audio") == (
        0,
        ["crow runs from the next start on."],
        "tonewise: it does not ask to hear what you say: it has no WANTS_AUDIO = True\n",
    )
    assert "hears" not in listed(tonewise, "crow")


def test_one_that_cannot_be_loaded_is_enabled_with_a_note_why(tonewise, own):
    own("crow", "def respond(:\n")
    status, lines, error = tonewise("plugins", "enable", "crow", "--audio")
    assert (status, lines) == (0, [])
    assert error.startswith(
        "tonewise: crow is enabled and hears what you say, but cannot be loaded: SyntaxError: "
    )
    assert error.endswith("(crow.py, line 1)\n")
    assert len(error.splitlines()) == 1
    assert "yes, hears" in listed(tonewise, "crow")


def test_it_is_tried_with_its_settings_asked_nothing_and_leaves_no_trace(
    tonewise, own, tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    trace = tmp_path / "trace"
    own(
        "crow",
        "from dataclasses import dataclass\n"
        "@dataclass\nclass Settings:\n    town: str\n"
        f"def note(words): open({str(trace)!r}, 'a').write(words)\n"
        "def respond(): note('asked')\n"
        "def start(context):\n    context.store['n'] = 1\n    note(context.settings.town)\n",
    )
    settings = tmp_path / "settings" / "settings.toml"
    settings.write_text("[plugins.crow]\ntown = 'Graz '\n")
    other = tmp_path / "other.toml"
    other.write_text("[plugins.crow]\ntown = 'Wien '\n")
    assert tonewise("plugins", "enable", "crow")[2] == ""
    assert tonewise("plugins", "enable", "crow", "--settings", other)[2] == ""
    assert trace.read_text() == "Graz Wien "
    assert not (tmp_path / "data").exists()
    settings.write_text("[plugins.crow\n")
    status, lines, error = tonewise("plugins", "enable", "crow")
    assert (status, lines) == (0, [])
    assert "crow is enabled, but cannot be loaded: " in error
    settings.unlink()
    assert "cannot be loaded: in its section of the" in tonewise("plugins", "enable", "crow")[2]


def test_one_that_was_switched_off_is_tried_too(tonewise, own):
    path = own("crow", "def respond(): return 'Caw'\n")
    crow = Plugin("crow", "folder", str(path))
    plugin_choices().change(
        lambda was: replace(enabled(was, crow), faulty={"crow": "ValueError"})
    )
    assert tonewise("plugins", "enable", "crow") == (
        0, ["crow runs from the next start on."], "",
    )  # fmt: skip
    assert "folder yes /" in listed(tonewise, "crow")


def test_what_cannot_run_is_not_enabled(tonewise, own):
    own("my weather", "1 / 0\n")
    status, lines, error = tonewise("plugins", "enable", "my weather")
    assert (status, lines) == (1, [])
    assert error == (
        "tonewise: my weather cannot run: rename it: a name has letters, digits, '_', '-' and "
        "'.' only\n"
    )
    path = own("crow", "def respond(): return 'Caw'\n")
    tonewise("plugins", "enable", "crow")
    path.unlink()
    status, lines, error = tonewise("plugins", "enable", "crow")
    assert (status, lines) == (1, [])
    assert error == (
        "tonewise: crow cannot run: enabled, but not there; put it back, or forget it with "
        "`tonewise plugins disable crow`\n"
    )


def test_an_own_plugin_of_a_bundled_ones_name_is_not_enabled(tonewise, own):
    path = own("clock", "1 / 0\n")
    problem = "another plugin (bundled) has this name; rename this one"
    why = f"tonewise: {path} cannot run: {problem}\n"
    assert tonewise("plugins", "enable", "clock") == (1, [], why)
    assert tonewise("plugins", "disable", "clock")[0] == 0
    # The bundled one can be switched on again.
    assert tonewise("plugins", "enable", "clock") == (
        0, ["clock runs from the next start on."], why,
    )  # fmt: skip


@pytest.mark.usefixtures("no_sound_card")
def test_one_that_was_disabled_is_not_told_of_as_new(tonewise, own):
    own("crow", "def respond(): return 'Caw'\n")
    tonewise("plugins", "enable", "crow")
    for name in ("crow", "clock"):
        tonewise("plugins", "disable", name)
    (found,) = plugin_choices().read().announced
    assert found.endswith("crow.py")
    assert "new plugin" not in typed("").stderr


def test_one_stays_enabled_however_the_settings_are_named(tonewise, own, monkeypatch):
    path = own("crow", "def respond(): return 'Caw'\n")
    named = os.environ["TONEWISE_SETTINGS"]
    monkeypatch.setenv("TONEWISE_SETTINGS", "settings/settings.toml")
    tonewise("plugins", "enable", "crow")
    for moved in ("./settings/settings.toml", named):
        monkeypatch.setenv("TONEWISE_SETTINGS", moved)
        (found,) = json_lines(tonewise("plugins", "list", "--json")[1])
        (crow,) = [each for each in found if each["name"] == "crow"]
        assert (crow["is_enabled"], crow["location"]) == (True, str(path))


@pytest.mark.usefixtures("no_sound_card")
def test_a_new_plugin_is_told_of_once(tonewise, tmp_path):
    folder = tmp_path / "settings" / "plugins"
    folder.mkdir(parents=True)
    (folder / "parrot.py").write_text("def respond(utterance): return 'Squawk'\n")
    told = "new plugin parrot; `tonewise plugins enable parrot` lets it run"
    assert told in typed("").stderr
    assert "parrot" not in typed("").stderr
    (folder / "crow.py").write_text("")
    assert "new plugin crow" in typed("").stderr


@pytest.mark.usefixtures("no_sound_card")
def test_a_plugin_that_keeps_failing_stays_switched_off_until_it_is_enabled(tonewise, tmp_path):
    write_own(tmp_path / "settings", "fragile", "def respond(utterance): raise ValueError\n")
    typed("a\nb\nc\nd\n")
    typed_again = typed("a\nb\n")
    assert "fragile" not in typed_again.stdout + typed_again.stderr
    (found,) = [line for line in tonewise("plugins", "list")[1] if line.startswith("fragile")]
    assert "no: switched off after" in found
    finding = json_lines(tonewise("doctor", "--json")[1])[0]
    assert {each["name"]: each["state"] for each in finding}["plugin fragile"] == "broken"
    tonewise("plugins", "enable", "fragile")
    assert "fragile: ValueError" in typed("a\n").stderr


@pytest.mark.usefixtures("no_sound_card")
def test_plugins_that_cannot_be_told_apart_are_an_error_of_one_line(tonewise, tmp_path):
    (tmp_path / "settings").mkdir()
    (tmp_path / "settings" / "plugins.json").write_text("{")
    status, lines, error = tonewise("plugins", "list")
    assert (status, lines, len(error.splitlines())) == (1, [], 1)
    assert "is damaged; delete it" in error
    finding = json_lines(tonewise("doctor", "--json")[1])[0]
    assert {each["name"]: each["state"] for each in finding}["plugins"] == "broken"


def test_who_would_answer_is_explained(tonewise, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    write_own(
        tmp_path / "settings",
        "lamp",
        "def phrases(): return ['lamp on']\n"
        "def respond(utterance, context):\n"
        "    context.store['n'] = 1\n"
        "    return 'Light!' if utterance.transcript.phrase else None\n",
    )
    status, lines, _ = tonewise("plugins", "explain", "lamp on", "--emotion", "sad")
    assert status == 0
    shown = "\n".join(lines)
    for words in (
        r"1 +crisis +wants to be asked first +nothing",
        r"2 +emotion_readback +wants to be asked first +You sound sad\.",
        r"3 +lamp +waits for these words +Light!",
        r"no +companion +wants to be asked last +somebody has answered",
    ):
        assert re.search(words, shown)
    (asked,) = json_lines(tonewise("plugins", "explain", "lamp on", "--json")[1])
    assert [(each["name"], each["is_asked"]) for each in asked["asked"]] == [
        ("crisis", True), ("emotion_readback", True), ("lamp", True), ("breathing", False),
        ("clock", False), ("mood_diary", False), ("notes", False), ("small_talk", False),
        ("chat", False), ("companion", False),
    ]  # fmt: skip
    assert not (tmp_path / "data").exists()
    write_own(
        tmp_path / "settings",
        "lamp",
        "def respond(utterance):\n    yield 'On'\n    yield 'it is'",
    )
    (asked,) = json_lines(tonewise("plugins", "explain", "lamp on", "--json")[1])
    assert "On it is" in [each["reply"]["text"] for each in asked["asked"] if each["reply"]]
    write_own(tmp_path / "settings", "fragile", "def respond(utterance): 1 / 0\n")
    status, _, error = tonewise("plugins", "explain", "hello")
    assert (status, error) == (
        0, "tonewise: fragile: ZeroDivisionError: division by zero (fragile.py line 1)\n",
    )  # fmt: skip


@pytest.mark.parametrize("words", ["", " ", "stop", "Never mind!"])
def test_what_no_plugin_is_asked_is_not_explained(tonewise, words):
    told = "tonewise: no plugin is asked this: it has no words, or ends a reply\n"
    assert tonewise("plugins", "explain", words) == (1, [], told)
    status, lines, error = tonewise("plugins", "explain", words, "--json")
    assert (status, json_lines(lines), error) == (1, [{"asked": [], "faults": []}], told)


@pytest.mark.parametrize("share", ["2", "-1", "much", "nan"])
def test_a_confidence_that_is_none_is_refused(tonewise, share):
    assert tonewise("plugins", "explain", "hello", "--confidence", share)[0] == 2


@pytest.mark.slow
def test_what_a_plugin_waits_for_is_listened_for(tonewise, tmp_path):
    source = (
        "def phrases(): return ['What time is it?']\n"
        "def respond(utterance): return 'Waited for: ' + utterance.transcript.phrase\n"
    )
    write_own(tmp_path / "settings", "sundial", source)
    recording = RECORDINGS / "3_time.wav"
    replies = tmp_path / "replies"
    _, lines, _ = tonewise("run", "--from", recording, "--replies", replies, "--json")
    (heard,) = [event for event in json_lines(lines) if event["event"] == "heard"]
    assert heard["transcript"]["phrase"] == "What time is it?"
    (reply,) = [event for event in json_lines(lines) if event["event"] == "reply"]
    assert reply["reply"]["text"].endswith("Waited for: What time is it?")


def test_an_unknown_plugin_is_named_with_the_nearest(tonewise):
    status, _, error = tonewise("plugins", "enable", "companio")
    assert status == 1
    assert "companion" in error


def test_settings_lists_each_with_its_value(tonewise):
    status, lines, _ = tonewise("settings", "--set", "speech.rate_wpm=99")
    assert status == 0
    place = lines.index("speech.rate_wpm = 99")
    assert lines[place + 1].split()[-1] == "TONEWISE_SPEECH_RATE_WPM"
    assert "80 to 400." in lines[place + 1]
    assert json_lines(tonewise("settings", "--json")[1])[0]["speech.volume"] == 1.0


def test_a_wrong_setting_is_one_line(tonewise):
    status, lines, error = tonewise("settings", "--set", "speech.rate=1")
    assert (status, lines) == (1, [])
    assert error.startswith("tonewise: --set speech.rate=1: there is no setting")
    assert len(error.splitlines()) == 1


@pytest.mark.usefixtures("no_sound_card")
def test_doctor_finds_all_fine_but_the_sound_card(tonewise):
    status, lines, _ = tonewise("doctor", "--json")
    findings = {finding["name"]: finding for finding in json_lines(lines)[0]}
    assert status == 0
    assert {name for name, finding in findings.items() if finding["state"] == "broken"} == set()
    assert findings["emotion model"]["state"] == "fine"
    assert findings["microphone"]["state"] == "missing"
    assert "still work" in findings["microphone"]["detail"]
    assert any(line.startswith("fine") for line in tonewise("doctor")[1])


def test_doctor_really_loads_the_plugins_and_names_the_settings_in_use(tonewise, tmp_path):
    write_own(tmp_path / "settings", "mute", "")
    own = tmp_path / "own.toml"
    own.touch()
    status, lines, _ = tonewise("doctor", "--json", "--settings", own)
    findings = {finding["name"]: finding for finding in json_lines(lines)[0]}
    assert status == 1
    assert findings["plugin mute"]["state"] == "broken"
    assert "respond" in findings["plugin mute"]["detail"]
    assert findings["settings"]["detail"] == str(own)


def voice_profile(tonewise, name):
    """What doctor finds of a voice profile."""
    setting = f"emotion.profile={name}"
    (line,) = json_lines(tonewise("doctor", "--json", "--set", setting)[1])
    return next(each for each in line if each["name"] == "voice profile")


def test_doctor_looks_at_the_voice_in_use(tonewise, monkeypatch, tmp_path, enrolling_model):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    heard = Impression(estimate(), (0.5,) * 8, (0.125,) * 8, enrolling_model.sha256)
    own = Correction.of(heard, "sad", datetime.now(UTC))
    old = replace(own, model="old", features=(1.0,) * 8)
    anna = VoiceProfile("anna").with_corrections(own, old)
    ProfileStore().change("anna", lambda was: anna)
    none, anna, ben = (voice_profile(tonewise, name) for name in ("", "anna", "ben"))
    assert none["detail"] == "none in use; `tonewise enroll NAME` enrols yours"
    assert (anna["state"], anna["detail"]) == (
        "fine",
        "anna: sentences 0, corrections 1; "
        "1 correction was made for another emotion model and is not heeded",
    )
    assert ben["state"] == "broken"
    assert "there is no voice profile ben" in ben["detail"]


@pytest.mark.usefixtures("correcting_model")
def test_doctor_advertises_no_enrolment_that_would_be_refused(tonewise):
    assert voice_profile(tonewise, "")["detail"] == (
        "none in use; this emotion model cannot be enrolled with yet; corrections work: "
        "tonewise analyze FILE --correct EMOTION"
    )


def test_doctor_says_what_is_broken_and_what_to_do(tonewise):
    status, lines, _ = tonewise(
        "doctor", "--json", "--set", "transcription.engine=vosk", "--set", "speech.voice=nobody"
    )
    broken = {
        finding["name"]: finding["detail"]
        for finding in json_lines(lines)[0]
        if finding["state"] == "broken"
    }
    assert status == 1
    assert "needs a model" in broken["engine vosk"]
    assert "nobody" in broken["speech"]


@pytest.mark.parametrize("command", [["analyze"], ["run", "--replies", "out", "--from"]])
def test_google_says_that_the_voice_leaves_the_machine(tonewise, command):
    google = ("--set", "transcription.engine=google")
    assert "sent to Google's servers" in tonewise(*command, "none.wav", *google)[2]
    assert "Google" not in tonewise(*command, "none.wav")[2]


def test_training_without_its_packages_says_what_to_install(tonewise, tmp_path):
    if util.find_spec("tensorflow"):
        pytest.skip("tensorflow is installed")
    status, _, error = tonewise("train", "--data", tmp_path)
    assert status == 1
    assert "pip install 'tonewise[train]'" in error


def test_a_name_with_a_line_break_is_still_one_line(tonewise):
    _, _, error = tonewise("analyze", "two\nlines.wav")
    assert error == "tonewise: two\\nlines.wav: no such file\n"


def test_json_keeps_a_name_that_is_not_unicode(tmp_path):
    path = os.fsencode(tmp_path) + b"/a\xffb.wav"
    shutil.copy(TIME, path)
    answer = subprocess.run(
        [os.fsencode(sys.executable), b"-m", b"assistant", b"analyze", b"--json", path],
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert os.fsencode(json.loads(answer.stdout)["file"]) == path


def test_a_terminal_without_unicode_gets_a_result():
    answer = subprocess.run(
        [sys.executable, "-m", "assistant", "analyze", str(TIME)],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    )
    assert answer.returncode == 0, answer.stderr
    assert b"what time is it" in answer.stdout


def test_the_version_is_told(tonewise):
    assert tonewise("--version")[1][0].startswith("tonewise 0.")


def test_the_module_is_the_command():
    answer = subprocess.run(
        [sys.executable, "-m", "assistant", "--version"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert answer.stdout.startswith("tonewise ")
