"""``tonewise devices``: processes of their own, on a sound card and without one."""

import json
import subprocess
import sys
import tomllib

import pytest

from assistant.cli.sound_findings import sound_findings
from assistant.settings import AudioSettings
from tests.processes import PATIENCE_S
from tests.test_devices import without_sound

pytestmark = pytest.mark.slow

NOISE = ("ALSA lib", "jack", "Cannot connect", "pcm_", "conf.c")
"""What libasound and JACK print by themselves."""


@pytest.fixture
def card(virtual_audio, tmp_path):
    """Variables that lead to the virtual sound card and to settings of our own."""
    settings = str(tmp_path / "settings.toml")
    return {**virtual_audio.environment, "TONEWISE_SETTINGS": settings}


def tonewise(environment, *arguments, said=""):
    return subprocess.run(
        [sys.executable, "-m", "assistant", *arguments],
        env=environment,
        input=said,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
    )


def saved(environment):
    with open(environment["TONEWISE_SETTINGS"], "rb") as file:
        return tomllib.load(file)["audio"]


def test_a_choice_is_opened_and_saved_under_its_whole_name(card):
    answer = tonewise(card, "devices", "--input", "PUL", "--output", "defa")
    assert (answer.returncode, answer.stderr) == (0, ""), answer.stderr
    assert answer.stdout.splitlines() == [
        "microphone: pulse, from the next start on",
        "loudspeaker: default, from the next start on",
    ]
    assert saved(card) == {"input_device": "pulse", "output_device": "default"}
    listing = tonewise(card, "devices").stdout.splitlines()
    (pulse,) = (line.split() for line in listing if line.startswith("pulse"))
    assert pulse == ["pulse", "ALSA", "chosen", "yes", "44100"]
    assert tonewise(card, "devices", "--default").returncode == 0
    assert saved(card) == {"input_device": "", "output_device": ""}
    assert "chosen" not in tonewise(card, "devices").stdout


@pytest.mark.parametrize(("flag", "name"), [("--input", "webcam"), ("--output", "l")])
def test_a_choice_that_fits_none_or_several_lists_what_there_is(card, flag, name):
    answer = tonewise(card, "devices", flag, name)
    assert answer.returncode == 1
    (line,) = answer.stderr.splitlines()
    assert f"{name!r} fits none or several" in line
    assert line.endswith("pulse, default")
    assert "TONEWISE_SETTINGS" in card
    with pytest.raises(FileNotFoundError):
        saved(card)


def test_what_cannot_be_opened_is_not_saved(virtual_audio, card):
    virtual_audio.unplug()
    try:
        answer = tonewise(card, "devices", "--output", "pulse", "--input", "pulse")
    finally:
        virtual_audio.plug()
    assert answer.returncode == 1
    assert "no microphone found" in answer.stderr
    with pytest.raises(FileNotFoundError):
        saved(card)


def test_a_choice_that_is_not_there_any_more_is_told(card):
    with open(card["TONEWISE_SETTINGS"], "w") as file:
        file.write('[audio]\ninput_device = "USB Microphone: Audio (hw:1,0)"\n')
    answer = tonewise(card, "devices")
    assert answer.returncode == 0
    assert "the microphone in use, 'USB Microphone: Audio (hw:1,0)', is not" in answer.stderr
    assert "devices --input NAME" in answer.stderr
    findings = {
        finding["name"]: finding
        for finding in json.loads(tonewise(card, "doctor", "--json").stdout)
    }
    assert findings["saved devices"]["state"] == "broken"
    assert "USB Microphone" in findings["saved devices"]["detail"]


@pytest.mark.parametrize(
    "arguments",
    [["--default", "--input", "x"], ["--json", "--output", "x"], ["--json", "--default"]],
)
def test_flags_that_mean_nothing_together_are_wrong_usage(card, arguments):
    assert tonewise(card, "devices", *arguments).returncode == 2


def noise(text):
    return [line for line in text.splitlines() if any(sign in line for sign in NOISE)]


@pytest.mark.parametrize("has_card", [True, False])
@pytest.mark.parametrize("command", ["devices", "run"])
def test_native_noise_is_shown_to_who_debugs_alone(card, tmp_path, has_card, command):
    environment = card if has_card else without_sound(tmp_path)
    arguments = [command] if command == "devices" else ["run", "--text"]
    quiet = tonewise(environment, *arguments, said="hello\n")
    assert quiet.returncode == 0
    assert noise(quiet.stderr) == []
    assert len(quiet.stderr.splitlines()) == (0 if has_card else 1), quiet.stderr
    debugged = tonewise(environment, *arguments, "--debug", said="hello\n")
    assert noise(debugged.stderr)
    owners = ("portaudio_child: ", "loudspeaker_child: ")
    assert all(any(owner in line for owner in owners) for line in noise(debugged.stderr))


def echo(settings):
    return {finding.name: finding for finding in sound_findings(settings)}["echo"]


def test_doctor_really_loads_the_canceller_that_is_chosen(card):
    arguments = ["doctor", "--json", "--set", "audio.echo=cancel"]
    findings = json.loads(tonewise(card, *arguments).stdout)
    (found,) = (finding for finding in findings if finding["name"] == "echo")
    assert found["state"] == "fine"
    assert found["detail"].startswith("cancel: the echo canceller was loaded")


def test_doctor_falls_back_without_a_canceller(tmp_path):
    arguments = ["doctor", "--json", "--set", "audio.echo=cancel"]
    answer = tonewise(without_sound(tmp_path), *arguments)
    (found,) = (each for each in json.loads(answer.stdout) if each["name"] == "echo")
    assert found["state"] == "missing"
    assert found["detail"].endswith("half-duplex: it does not listen while it speaks")
    assert answer.returncode == 0


@pytest.mark.parametrize("way", ["half-duplex", "headphones"])
def test_doctor_says_how_echo_is_kept_away(way):
    finding = echo(AudioSettings(echo=way))
    assert finding.state == "fine"
    assert finding.detail.startswith(f"{way}: ")
