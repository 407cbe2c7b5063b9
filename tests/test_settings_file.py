"""Changing the settings file loses nothing."""

import os
import subprocess
import sys

import pytest

from assistant.errors import SettingsError
from assistant.settings_file import change
from assistant.settings_reading import load


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


def put(value):
    return lambda before: value


def test_comments_and_other_keys_are_kept(path):
    path.write_text("# mine\n[speech]\nvolume = 0.5  # quiet\n")
    change("plugins.order", put(["weather"]), path)
    assert path.read_text().startswith("# mine\n[speech]\nvolume = 0.5  # quiet\n")
    loaded = load(path, {})
    assert (loaded.speech.volume, loaded.plugins.order) == (0.5, ("weather",))


def test_the_change_is_given_what_the_file_holds_or_the_default(path):
    seen = []
    change("speech.pitch", lambda before: seen.append(before) or 60, path)
    change("speech.pitch", lambda before: seen.append(before) or 70, path)
    assert seen == [50, 60]
    assert load(path, {}).speech.pitch == 70


def test_a_missing_folder_is_made(tmp_path):
    path = tmp_path / "a" / "b" / "settings.toml"
    change("speech.pitch", put(70), path)
    assert load(path, {}).speech.pitch == 70


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("speech.pitch", 200, "expected 0 to 99"),
        ("speech.pich", 50, "did you mean 'speech.pitch'"),
    ],
)
def test_an_unfit_change_leaves_the_file_alone(path, name, value, message):
    path.write_text("[speech]\npitch = 60\n")
    with pytest.raises(SettingsError, match=message):
        change(name, put(value), path)
    assert path.read_text() == "[speech]\npitch = 60\n"
    assert os.listdir(path.parent) == [path.name]


def test_a_broken_file_is_refused_and_kept(path):
    path.write_text("[speech\n")
    with pytest.raises(SettingsError, match="cannot be read"):
        change("speech.pitch", put(70), path)
    assert path.read_text() == "[speech\n"


def test_a_file_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "plain").write_text("")
    with pytest.raises(SettingsError, match="cannot be"):
        change("speech.pitch", put(70), tmp_path / "plain" / "settings.toml")


def test_a_link_and_the_mode_are_kept(tmp_path, path):
    own = tmp_path / "dotfiles.toml"
    own.write_text("[speech]\npitch = 60\n")
    own.chmod(0o600)
    path.symlink_to(own)
    change("speech.pitch", put(70), path)
    assert path.is_symlink()
    assert load(own, {}).speech.pitch == 70
    assert own.stat().st_mode & 0o777 == 0o600


def test_programs_that_change_it_at_once_lose_nothing(path):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from assistant.settings_file import change\n"
        "for _ in range(10):\n"
        "    change('plugins.order', lambda was: [*was, sys.argv[1]], Path(sys.argv[2]))\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, name, str(path)]) for name in "abcd"
    ]
    assert [process.wait(60) for process in running] == [0] * 4
    assert sorted(load(path, {}).plugins.order) == sorted("abcd" * 10)
