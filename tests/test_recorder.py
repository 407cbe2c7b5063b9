"""The recorder: only what is asked for, for its owner alone, and not for ever."""

import gc
import re
import stat
import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from assistant.audio import read_audio
from assistant.errors import SettingsError
from assistant.recorder import Recorder
from assistant.settings import RecorderSettings
from assistant.values import Audio
from tests.fakes import tone

NOON = datetime(2026, 11, 22, 12, 0, 0, 4_900, UTC)


class Clock:
    def __init__(self):
        self.now = NOON

    def __call__(self):
        return self.now


@pytest.fixture
def reports():
    return []


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "recordings"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_recordings_are_named_by_time_and_turn_and_are_their_owners_alone(
    folder, reports, clock
):
    with Recorder(RecorderSettings(str(folder)), reports.append, clock) as recorder:
        recorder.keep(3, "heard", tone(0.5))
        recorder.keep(3, "reply", tone(0.25, sample_rate=22_050))
    heard, reply = (folder / name for name in names(folder))
    assert heard.name == "20261122T120000.004Z-turn-0003-heard.wav"
    assert reply.name == "20261122T120000.004Z-turn-0003-reply.wav"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (heard, reply)} == {0o600}
    np.testing.assert_allclose(read_audio(heard).samples, tone(0.5).samples, atol=1e-4)
    assert read_audio(reply).duration_s == pytest.approx(0.25, abs=0.001)


def test_it_says_at_once_where_and_for_how_long(folder, reports, clock):
    with Recorder(RecorderSettings(str(folder), 36.0), reports.append, clock):
        (told,) = reports
    assert str(folder) in told
    assert "deleted after 36 hours" in told
    assert "\n" not in told


def test_what_is_too_old_is_deleted_at_the_start_and_nothing_else(folder, reports, clock):
    with Recorder(RecorderSettings(str(folder), 24.0), reports.append, clock) as recorder:
        for hours in (-48, -25, -23, 0):
            clock.now = NOON + timedelta(hours=hours)
            recorder.keep(1, "heard", tone(0.1))
    others = [
        "20200101T000000.000Z-turn-0001-heard.mp3", "20200101T000000Z.wav", "mine.wav",
        "20201399T000000.000Z-turn-0001-heard.wav", "x20200101T000000.000Z-turn-0001-heard.wav",
    ]  # fmt: skip
    for name in others:
        (folder / name).write_text("mine")
    draft = (
        folder / ".20200101T000000.000Z-turn-0001-heard.wav.x7_9ab"
    )  # of one that was killed
    draft.write_text("half")
    clock.now = NOON
    Recorder(RecorderSettings(str(folder), 24.0), reports.append, clock).close()
    kept = [
        "20261121T130000.004Z-turn-0001-heard.wav",
        "20261122T120000.004Z-turn-0001-heard.wav",
    ]
    assert names(folder) == sorted([*others, *kept])


def test_what_gets_too_old_meanwhile_is_deleted_too(folder, reports, clock):
    settings = RecorderSettings(str(folder), 1.0)
    with Recorder(settings, reports.append, clock, sweep_s=0.05) as recorder:
        recorder.keep(1, "heard", tone(0.1))
        time.sleep(0.2)
        assert len(names(folder)) == 1
        clock.now = NOON + timedelta(hours=1.1)
        end_s = time.monotonic() + 10
        while names(folder) and time.monotonic() < end_s:
            time.sleep(0.02)
        assert names(folder) == []


def test_nothing_is_written_of_no_sound_and_after_the_end(folder, reports, clock):
    recorder = Recorder(RecorderSettings(str(folder)), reports.append, clock)
    recorder.keep(1, "heard", Audio(np.empty(0, np.float32), 16_000))
    recorder.close()
    recorder.keep(1, "heard", tone(0.1))
    assert names(folder) == []


def test_a_folder_that_others_look_into_is_refused_and_left_as_it_is(tmp_path, reports):
    tmp_path.chmod(0o755)
    with pytest.raises(SettingsError, match=r"mode 755\); `chmod 700` it"):
        Recorder(RecorderSettings(str(tmp_path)), reports.append)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert reports == []


def test_a_file_in_place_of_the_folder_is_refused(tmp_path, reports):
    (tmp_path / "file").write_text("mine")
    for path in (tmp_path / "file", tmp_path / "file" / "folder"):
        with pytest.raises(SettingsError, match=rf"{re.escape(str(path))}.*cannot make"):
            Recorder(RecorderSettings(str(path)), reports.append)


def test_a_full_disk_is_said_once_and_recording_resumes(small_disk, reports, clock):
    with Recorder(RecorderSettings(str(small_disk / "r")), reports.append, clock) as recorder:
        for turn in range(1, 4):
            recorder.keep(turn, "heard", tone(10))
        recorder.keep(4, "heard", tone(0.1))
    gc.collect()
    assert len(reports) == 2
    assert "No space left" in reports[1]
    assert "\n" not in reports[1]
    assert [name.partition("-")[2] for name in names(small_disk / "r")] == [
        "turn-0004-heard.wav"
    ]


def test_a_folder_that_was_taken_away_is_said_once(folder, reports, clock):
    with Recorder(RecorderSettings(str(folder)), reports.append, clock) as recorder:
        folder.rmdir()
        recorder.keep(1, "heard", tone(0.1))
        recorder.sweep()
        folder.mkdir()
        recorder.keep(2, "heard", tone(0.1))
    assert len(reports) == 2
    assert len(names(folder)) == 1


def test_home_is_found(tmp_path, reports, clock, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    Recorder(RecorderSettings("~/state/recordings"), reports.append, clock).close()
    assert (tmp_path / "state" / "recordings").is_dir()
