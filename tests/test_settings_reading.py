"""Settings: what is written wrongly is refused with the way to write it."""

import re
from typing import Literal, get_args, get_origin

import pytest

from assistant import settings_file, settings_reading
from assistant.errors import SettingsError
from assistant.settings import Settings


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


def test_no_file_means_the_defaults(monkeypatch, tmp_path):
    monkeypatch.setenv("TONEWISE_SETTINGS", str(tmp_path / "none.toml"))
    assert settings_reading.load(environment={}) == Settings()


@pytest.mark.parametrize("moved", ["settings.toml", "../here/settings.toml"])
def test_the_file_is_found_by_its_whole_path(monkeypatch, tmp_path, moved):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("TONEWISE_SETTINGS", moved)
    assert settings_reading.default_path() == here / "settings.toml"
    assert settings_reading.plugin_folder() == here / "plugins"


def test_plugins_lie_beside_a_link_to_the_settings(monkeypatch, path, tmp_path):
    path.symlink_to(tmp_path / "elsewhere" / "settings.toml")
    monkeypatch.setenv("TONEWISE_SETTINGS", str(path))
    assert settings_reading.plugin_folder() == tmp_path / "plugins"


def test_a_named_file_must_exist(path):
    with pytest.raises(SettingsError, match="cannot be read"):
        settings_reading.load(path, environment={})


def test_a_flag_wins_over_a_variable_and_that_over_the_file(path):
    path.write_text("[speech]\nrate_wpm = 100\nvolume = 0.25\npitch = 10\n")
    loaded = settings_reading.load(
        path,
        {"TONEWISE_SPEECH_RATE_WPM": "120", "TONEWISE_SPEECH_VOLUME": "0.5"},
        ["speech.rate_wpm=140"],
    )
    assert (loaded.speech.rate_wpm, loaded.speech.volume, loaded.speech.pitch) == (140, 0.5, 10)


@pytest.mark.parametrize("key", settings_reading.keys().values(), ids=lambda key: key.name)
def test_every_key_can_be_set_by_file_variable_and_flag(key, path):
    value = {int: "100", float: "0.4", str: "other"}.get(key.type, "one,two")
    if get_origin(key.type) is Literal:
        value = get_args(key.type)[-1]
    if get_origin(key.type) is tuple and key.ranges:
        value = ",".join(str(least + 0.25) for least, _ in key.ranges)
    elif any(not least <= float(value) <= most for least, most in key.ranges):
        value = str(key.type(key.most))
    table, _, entry = key.name.partition(".")
    for loaded in (
        settings_reading.load(path_with(path, ""), {key.variable: value}),
        settings_reading.load(path_with(path, ""), {}, [f"{key.name}={value}"]),
    ):
        found = getattr(getattr(loaded, table), entry)
        assert found != key.default
        stored = list(found) if isinstance(found, tuple) else found
        settings_file.change(key.name, lambda before, stored=stored: stored, path)
        assert settings_reading.load(path, {}) == loaded


def path_with(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "[speech]\nrate_wmp = 100\n",
            "no setting 'speech.rate_wmp'; did you mean 'speech.rate_wpm'?",
        ),
        ("[speach]\nvolume = 1.0\n", "did you mean 'speech.volume'?"),
        ("[speech]\nrate_wpm = 9000\n", "speech.rate_wpm: expected 80 to 400, got 9000"),
        ("[speech]\nrate_wpm = '90'\n", "expected int, got '90'"),
        ("[speech]\nrate_wpm = true\n", "expected int, got True"),
        ("[vad]\nthreshold = nan\n", "expected 0.05 to 0.95, got nan"),
        ("[transcription]\nengine = 'siri'\n", "expected one of pocketsphinx, vosk"),
        ("[audio]\nmax_file_s = " + "9" * 400 + "\n", "audio.max_file_s: expected float"),
        ('[audio]\ninput_device = "a\\u0000b"\n', "expected printable text, got 'a\\x00b'"),
        ("[plugins]\norder = 'mine'\n", "expected a list of names"),
        (
            "[manner]\nhappy = [1.0, 2.0, 1.0]\n",
            "manner.happy: expected a list of 3 numbers, 0.5 to 2, 0 to 1, 0.5 to 2, "
            "got [1.0, 2.0, 1.0]",
        ),
        ("[manner]\nhappy = [1.0, 1.0]\n", "expected a list of 3 numbers"),
        ("[manner]\nhappy = [1.0, 1.0, nan]\n", "expected a list of 3 numbers"),
        ("[manner]\nhappy = [1.0, 1.0, '1']\n", "expected a list of 3 numbers"),
        ("[manner]\nhappy = [true, true, true]\n", "expected a list of 3 numbers"),
        ("[manner]\nhappy = 1.0\n", "expected a list of 3 numbers"),
        ("[manner]\nhappi = [1.0, 1.0, 1.0]\n", "did you mean 'manner.happy'?"),
        ("volume = 1\n", "outside a table such as [speech]"),
        ("[speech\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_reason(path, text, message):
    with pytest.raises(SettingsError, match=re.escape(message)) as caught:
        settings_reading.load(path_with(path, text), environment={})
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_text_is_refused(path):
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        settings_reading.load(path, environment={})


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("speech.rate_wpm", "write it as KEY=VALUE"),
        ("speech.rate=5", "did you mean 'speech.rate_wpm'?"),
        ("speech.rate_wpm=fast", "expected a number, got 'fast'"),
        ("manner.sad=slow,1,1", "manner.sad: expected a number, got 'slow'"),
        ("manner.sad=1,1", "expected a list of 3 numbers"),
    ],
)
def test_a_wrong_flag_is_refused(path, assignment, message):
    with pytest.raises(SettingsError, match=re.escape(message)):
        settings_reading.load(path_with(path, ""), {}, [assignment])


def test_a_wrong_variable_is_named(path):
    with pytest.raises(SettingsError, match="TONEWISE_VAD_MIN_PAUSE_MS: expected a number"):
        settings_reading.load(path_with(path, ""), {"TONEWISE_VAD_MIN_PAUSE_MS": "long"})


def test_whole_numbers_do_for_factors(path):
    loaded = settings_reading.load(path_with(path, "[manner]\nsad = [1, 0, 2]\n"), {})
    assert loaded.manner.sad == (1.0, 0.0, 2.0)
    assert [type(factor) for factor in loaded.manner.sad] == [float] * 3
    variable = {"TONEWISE_MANNER_SAD": "0.5, 0.25, 1"}
    assert settings_reading.load(path, variable).manner.sad == (0.5, 0.25, 1.0)


def test_a_misspelt_variable_is_refused_with_the_nearest(path):
    with pytest.raises(SettingsError, match="did you mean TONEWISE_SPEECH_RATE_WPM"):
        settings_reading.load(path_with(path, ""), {"TONEWISE_SPEECH_RATE": "100"})


def test_the_variable_that_names_the_file_is_known(path):
    assert settings_reading.load(path_with(path, ""), {"TONEWISE_SETTINGS": str(path)})
