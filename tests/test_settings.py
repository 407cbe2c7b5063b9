"""Settings: what is written wrongly is refused with the way to write it."""

import re
from typing import Literal, get_args, get_origin

import pytest

from assistant import settings, settings_file
from assistant.errors import SettingsError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "settings.toml"


def test_no_file_means_the_defaults(monkeypatch, tmp_path):
    monkeypatch.setenv("TONEWISE_SETTINGS", str(tmp_path / "none.toml"))
    assert settings.load(environment={}) == settings.Settings()


def test_a_named_file_must_exist(path):
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load(path, environment={})


def test_a_flag_wins_over_a_variable_and_that_over_the_file(path):
    path.write_text("[speech]\nrate_wpm = 100\nvolume = 0.25\npitch = 10\n")
    loaded = settings.load(
        path,
        {"TONEWISE_SPEECH_RATE_WPM": "120", "TONEWISE_SPEECH_VOLUME": "0.5"},
        ["speech.rate_wpm=140"],
    )
    assert (loaded.speech.rate_wpm, loaded.speech.volume, loaded.speech.pitch) == (140, 0.5, 10)


@pytest.mark.parametrize("key", settings.keys().values(), ids=lambda key: key.name)
def test_every_key_can_be_set_by_file_variable_and_flag(key, path):
    value = {int: "100", float: "0.4", str: "other"}.get(key.type, "one,two")
    if get_origin(key.type) is Literal:
        value = get_args(key.type)[1]
    if key.least is not None and not key.least <= float(value) <= key.most:
        value = str(key.type(key.most))
    table, _, entry = key.name.partition(".")
    for loaded in (
        settings.load(path_with(path, ""), {key.variable: value}),
        settings.load(path_with(path, ""), {}, [f"{key.name}={value}"]),
    ):
        found = getattr(getattr(loaded, table), entry)
        assert found != key.default
        stored = list(found) if isinstance(found, tuple) else found
        settings_file.change(key.name, lambda before, stored=stored: stored, path)
        assert settings.load(path, {}) == loaded


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
        ("[plugins]\nallowed = 'mine'\n", "expected a list of names"),
        ("volume = 1\n", "outside a table such as [speech]"),
        ("[speech\n", "cannot be read"),
    ],
)
def test_a_wrong_file_is_refused_with_file_and_reason(path, text, message):
    with pytest.raises(SettingsError, match=re.escape(message)) as caught:
        settings.load(path_with(path, text), environment={})
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_text_is_refused(path):
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match="cannot be read"):
        settings.load(path, environment={})


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("speech.rate_wpm", "write it as KEY=VALUE"),
        ("speech.rate=5", "did you mean 'speech.rate_wpm'?"),
        ("speech.rate_wpm=fast", "expected a number, got 'fast'"),
    ],
)
def test_a_wrong_flag_is_refused(path, assignment, message):
    with pytest.raises(SettingsError, match=re.escape(message)):
        settings.load(path_with(path, ""), {}, [assignment])


def test_a_wrong_variable_is_named(path):
    with pytest.raises(SettingsError, match="TONEWISE_VAD_PAUSE_MS: expected a number"):
        settings.load(path_with(path, ""), {"TONEWISE_VAD_PAUSE_MS": "long"})


def test_a_misspelt_variable_is_refused_with_the_nearest(path):
    with pytest.raises(SettingsError, match="did you mean TONEWISE_SPEECH_RATE_WPM"):
        settings.load(path_with(path, ""), {"TONEWISE_SPEECH_RATE": "100"})


def test_the_variable_that_names_the_file_is_known(path):
    assert settings.load(path_with(path, ""), {"TONEWISE_SETTINGS": str(path)})
