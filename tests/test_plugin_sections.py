"""The settings of plugins in the settings file."""

import pytest

from assistant.errors import SettingsError
from assistant.plugin_sections import plugin_sections
from assistant.settings_reading import load


@pytest.fixture
def written(tmp_path):
    """A function that writes the settings file and returns its path."""

    def written(text):
        path = tmp_path / "own.toml"
        path.write_text(text)
        return path

    return written


def test_a_table_for_each_plugin_beside_the_settings_of_all(written):
    path = written(
        "[plugins]\ndeadline_s = 1\n[plugins.weather]\ntown = 'Graz'\n[plugins.a-b]\nn = [1]\n"
    )
    assert plugin_sections(path) == {"weather": {"town": "Graz"}, "a-b": {"n": [1]}}
    assert load(path, {}).plugins.deadline_s == 1


def test_without_a_file_or_a_table_there_are_none(written):
    assert plugin_sections() == {}
    assert plugin_sections(written("[speech]\nvolume = 0.5\n")) == {}


def test_what_is_no_number_is_handed_on_as_text(written):
    path = written("[plugins.weather]\nrain_mm = nan\nsnow_mm = [-inf, 1.5]\n")
    assert plugin_sections(path) == {"weather": {"rain_mm": "nan", "snow_mm": ["-inf", 1.5]}}


def test_a_setting_of_all_plugins_that_is_none_is_still_refused(written):
    with pytest.raises(SettingsError, match=r"no setting 'plugins\.wether'"):
        load(written("[plugins]\nwether = 1\n"), {})


def test_dates_and_times_are_handed_on_as_text(written):
    path = written(
        "[plugins.weather]\nday = 2026-11-22\nat = 18:30:00\ntimes = [2026-11-22T18:30:00Z]\n"
        "[[plugins.weather.days]]\nday = 2026-11-23T07:00:00\n"
    )
    assert plugin_sections(path) == {
        "weather": {
            "day": "2026-11-22",
            "at": "18:30:00",
            "times": ["2026-11-22T18:30:00+00:00"],
            "days": [{"day": "2026-11-23T07:00:00"}],
        }
    }
