"""The bundled plugins together, in their processes, and what their README says."""

import os
import re
import subprocess
import sys
import tomllib

import pytest

from assistant import EmotionEstimate, Transcript, Utterance
from assistant.build import plugin_choices
from assistant.hookspecs import ENTRY_POINT_GROUP
from assistant.plugin_choices import Choices
from assistant.plugin_discovery import Plugin, find
from assistant.settings import PluginSettings
from assistant.settings_reading import plugin_folder
from tests.conftest import ROOT
from tests.own_plugins import Host
from tests.plugins import FOLDER

SETTINGS = PluginSettings(deadline_s=20)
SAD_VOICE = EmotionEstimate({"sad": 0.9, "calm": 0.1}, certain=True)
README = (FOLDER / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    return find(Choices(), tmp_path_factory.mktemp("own"), FOLDER)


@pytest.fixture(scope="module")
def host(found):
    faults = []
    with Host(found, SETTINGS, faults.append) as host:
        yield host
    assert faults == []


def test_every_bundled_plugin_runs_and_is_described(found):
    bundled = [plugin.name for plugin in found if plugin.origin == "bundled" and plugin.runs]
    assert bundled == sorted(re.findall(r"^\| `(\w+)` \| (?:first|last|-) \|", README, re.M))


def test_feeling_and_words_are_answered_in_one_reply(host):
    reply = host.respond(Utterance(Transcript("I feel so lonely tonight"), SAD_VOICE))
    assert reply.plugin == "emotion_readback+companion"
    assert reply.text == (
        "You sound sad. Being alone can weigh a lot. Whom would you like to hear from?"
    )


def test_typed_words_are_answered_by_the_companion_alone(host):
    assert host.respond(Utterance(Transcript("the sky is grey"))).plugin == "companion"


def test_nothing_is_said_about_the_voice_in_a_crisis(host):
    reply = host.respond(Utterance(Transcript("I want to die"), SAD_VOICE))
    assert reply.plugin == "crisis"
    assert reply.text.startswith("I am sorry that it is this hard.")


def test_no_other_plugin_speaks_before_the_crisis_is_answered(found, tmp_path):
    path = tmp_path / "alpha.py"
    path.write_text(
        "from assistant import hookimpl\n"
        "@hookimpl(tryfirst=True)\ndef respond(utterance):\n    return 'me first'\n"
    )
    alpha = Plugin("alpha", "folder", str(path), is_enabled=True)
    with Host([alpha, *found], SETTINGS, pytest.fail) as host:
        assert (
            host.respond(Utterance(Transcript("I want to die"), SAD_VOICE)).plugin == "crisis"
        )
        assert host.respond(Utterance(Transcript("hello"))).plugin == "alpha"


def blocks(language):
    return re.findall(rf"^```{language}\n(.*?)^```", TUTORIAL, re.M | re.S)


def test_the_plugins_of_the_tutorial_run(tmp_path):
    transcript = Transcript("recommend a tea for this weather", phrase="lamp on")
    asked = [Utterance(transcript, SAD_VOICE), Utterance(Transcript("hello"))]
    replies = []
    for source in blocks("python"):
        path = tmp_path / "weather.py"
        path.write_text(source)
        faults = []
        with Host(
            [Plugin("weather", "folder", str(path), True)], SETTINGS, faults.append
        ) as host:
            answers = [host.respond(utterance) for utterance in asked]
            replies.append([answer and answer.text for answer in answers])
        assert faults == []
    assert replies == [
        ["I would look out of the window.", None],
        ["Shall I play some music?", None],
        ["A book or a film?", "hello, what a good choice."],
        ["Shall I brew some tea?", None],
        ["I am looking out of the window. It rains.", None],
        ["You asked 1 times about Graz.", None],
        ["I will tell you in three minutes.", None],
        [None, None],
        ["I would turn the lamp on.", None],
    ]


def test_the_commands_of_the_tutorial_let_its_first_plugin_run(tmp_path, monkeypatch):
    monkeypatch.setenv("TONEWISE_SETTINGS", str(tmp_path / "settings.toml"))
    plugin_folder().mkdir()
    (plugin_folder() / "weather.py").write_text(blocks("python")[0])
    programs = os.path.dirname(sys.executable)
    environment = {**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"}
    commands = ["sh", "-e", "-c", "".join(blocks("sh"))]
    done = subprocess.run(
        commands, env=environment, capture_output=True, text=True, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    (weather,) = find(plugin_choices().read(), plugin_folder(), tmp_path / "none")
    assert (weather.name, weather.runs) == ("weather", True)


def test_the_test_of_the_tutorial_passes(tmp_path):
    (tmp_path / "weather.py").write_text(blocks("python")[0])
    (test,) = blocks("py")
    (tmp_path / "test_weather.py").write_text(test)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "test_weather.py",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert "1 passed" in done.stdout, done.stdout


def test_the_entry_point_of_the_tutorial_is_the_one_that_is_looked_up():
    (project,) = map(tomllib.loads, blocks("toml"))
    assert list(project["project"]["entry-points"]) == [ENTRY_POINT_GROUP]


def test_the_first_plugin_of_the_tutorial_is_short():
    assert len(blocks("python")[0].splitlines()) <= 10
