"""The documents say what the code does."""

import json
import re
import shlex

import pytest

from assistant import settings_reading
from assistant.cli import main
from assistant.cli.parser import parser
from assistant.plugin_discovery import Plugin
from assistant.settings import PluginSettings
from assistant.values import Transcript, Utterance
from scripts.hook_reference import reference
from tests.conftest import RECORDINGS, ROOT
from tests.fakes import estimate
from tests.own_plugins import Host

README = (ROOT / "README.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")


def block(language):
    """The README's only block in that language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return found


def test_the_readme_has_the_first_two_commands_and_a_conversation():
    first_screen = README[: README.index("## Use it")]
    assert len(first_screen.splitlines()) <= 50
    for expected in ("make run", "make test", "You ", "Tonewise "):
        assert expected in first_screen


def test_each_command_of_the_readme_is_one(monkeypatch):
    rows = re.findall(r"^\| `(tonewise [^`]+)` \|", README, re.MULTILINE)
    assert len(rows) >= 8
    for row in rows:
        words = shlex.split(row.replace("...", ""))[1:]
        assert parser().parse_args(words).module


def test_the_json_of_the_readme_is_what_analyze_prints(capsys):
    documented = json.loads(block("json"))
    assert main(["analyze", "--json", str(RECORDINGS / documented["file"].split("/")[-1])]) == 0
    printed = json.loads(capsys.readouterr().out)

    def shape(value):
        if isinstance(value, dict):
            return {key: shape(entry) for key, entry in value.items()}
        return [shape(entry) for entry in value] if isinstance(value, list) else type(value)

    assert shape(documented) == shape(printed)
    assert documented["transcript"] == printed["transcript"]
    assert documented["emotion"]["label"] == printed["emotion"]["label"]


def test_the_plugin_of_the_readme_answers(tmp_path):
    code = block("python")
    assert len(code.splitlines()) <= 10
    (tmp_path / "breath.py").write_text(code)
    breath = Plugin("breath", "folder", str(tmp_path / "breath.py"), is_enabled=True)
    errors = []
    with Host([breath], PluginSettings(), errors.append) as plugins:
        angry = plugins.respond(Utterance(Transcript("no"), estimate("angry")))
        happy = plugins.respond(Utterance(Transcript("yes"), estimate("happy")))
    assert (angry.text, happy, errors) == ("Shall we take a breath together?", None, [])


def test_the_settings_of_the_readme_are_taken(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text(block("toml"))
    assert settings_reading.load(path, {}).speech.rate_wpm == 150


def test_the_reference_of_the_hooks_is_what_the_code_says():
    assert (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8") == reference()


@pytest.mark.parametrize("key", settings_reading.keys().values(), ids=lambda key: key.name)
def test_every_setting_says_what_it_is_and_its_unit(key):
    assert key.about.endswith(".")
    unit = {"ms": ", ms.", "s": ", s.", "wpm": "words a minute"}.get(
        key.name.rpartition("_")[2]
    )
    assert unit is None or unit in key.about


def test_the_architecture_names_every_file():
    files = {path.name for path in (ROOT / "assistant").glob("*.py")} - {
        "__init__.py", "__main__.py",
    }  # fmt: skip
    assert {name for name in files if f"`{name}`" not in ARCHITECTURE} == set()


def test_the_architecture_names_no_file_that_is_not_there():
    named = re.findall(r"`((?:tests|cli|plugins|models|training)/[\w./]*)`", ARCHITECTURE)
    roots = (ROOT, ROOT / "assistant")
    missing = [
        name
        for name in named
        if "NAME" not in name and not any((root / name).exists() for root in roots)
    ]
    assert missing == []
