"""The event log: what it holds, whose it is, how much it keeps, and a disk that is full."""

import gc
import json
import os
import stat
import threading
from datetime import UTC, datetime

import pytest

from assistant.cli.terminal import print_event
from assistant.event_log import EventLog
from assistant.events import EmotionHeard, Failed, Heard, Listening, Replied, Spoke
from assistant.settings import LogSettings
from assistant.values import Reply, Style, Transcript
from tests.fakes import estimate

EVENTS = [
    Listening(1),
    Heard(1, Transcript("grüß dich\n\ud83d"), 1.5, "microphone"),
    EmotionHeard(1, estimate("sad", 0.61234)),
    Replied(1, Reply("Hello.", "echo", Style(0.9))),
    Spoke(1, 0.5, "reply-001.wav"),
    Failed(1, "no plugin"),
]

NOON = datetime(2026, 11, 22, 12, 0, 0, 4_900, UTC)


@pytest.fixture
def reports():
    return []


def lines(path):
    return path.read_text(encoding="utf-8").splitlines()


def test_a_line_is_what_run_prints_with_the_time_before_it(tmp_path, reports, capsys):
    path = tmp_path / "events.jsonl"
    with EventLog(LogSettings(str(path)), reports.append, lambda: NOON) as log:
        for event in EVENTS:
            log.note(event)
            print_event(event)
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    logged = [json.loads(line) for line in lines(path)]
    assert logged == [{"time": "2026-11-22T12:00:00.004Z", **event} for event in printed]
    assert [line["turn"] for line in logged] == [1] * len(EVENTS)
    assert logged[2]["emotion"]["confidence"] == 0.6123
    assert reports == []


def test_the_time_is_now(tmp_path, reports):
    path = tmp_path / "events.jsonl"
    before = datetime.now(UTC)
    with EventLog(LogSettings(str(path)), reports.append) as log:
        log.note(Listening(1))
    noted = datetime.fromisoformat(json.loads(lines(path)[0])["time"])
    assert noted.utcoffset().total_seconds() == 0
    assert -0.001 <= (noted - before).total_seconds() < 5


def test_each_event_is_in_the_file_at_once(tmp_path, reports):
    path = tmp_path / "events.jsonl"
    with EventLog(LogSettings(str(path)), reports.append) as log:
        for n_lines in (1, 2, 3):
            log.note(Listening(n_lines))
            assert len(lines(path)) == n_lines


def test_the_files_are_their_owners_alone_also_one_that_was_not(tmp_path, reports):
    path = tmp_path / "logs" / "events.jsonl"
    path.parent.mkdir()
    path.write_text('{"event": "earlier"}\n')
    path.chmod(0o644)
    with EventLog(LogSettings(str(path), max_bytes=1_000), reports.append) as log:
        for turn in range(40):
            log.note(Listening(turn))
    assert len(list(path.parent.iterdir())) > 1
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_only_so_many_files_of_such_a_size_are_kept(tmp_path, reports):
    path = tmp_path / "events.jsonl"
    with EventLog(LogSettings(str(path), 1_000, 3), reports.append) as log:
        for turn in range(200):
            log.note(Listening(turn))
    files = [path, tmp_path / "events.jsonl.1", tmp_path / "events.jsonl.2"]
    assert sorted(tmp_path.iterdir()) == files
    assert all(file.stat().st_size <= 1_000 for file in files)
    turns = [json.loads(line)["turn"] for file in reversed(files) for line in lines(file)]
    assert turns == list(range(turns[0], 200))
    assert len(turns) > 25


def test_a_later_run_goes_on_in_the_same_file_after_half_a_line(tmp_path, reports):
    path = tmp_path / "events.jsonl"
    path.write_text('{"event": "listening"}\n{"event": "hea')
    with EventLog(LogSettings(str(path)), reports.append) as log:
        log.note(Listening(7))
    assert len(lines(path)) == 3
    assert json.loads(lines(path)[2])["turn"] == 7


def test_a_folder_that_lacks_is_made_and_home_is_found(tmp_path, reports, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    with EventLog(LogSettings("~/state/tonewise/events.jsonl"), reports.append) as log:
        log.note(Listening(1))
    assert len(lines(tmp_path / "state" / "tonewise" / "events.jsonl")) == 1


def test_a_full_device_is_reported_once(reports):
    mode = stat.S_IMODE(os.stat("/dev/full").st_mode)
    with EventLog(LogSettings("/dev/full"), reports.append) as log:
        for turn in range(3):
            log.note(Listening(turn))
    gc.collect()  # nor is it heard of when the file is deleted: warnings are errors here
    (report,) = reports
    assert report.startswith("log.file: /dev/full cannot be written (No space left on device)")
    assert "\n" not in report
    assert stat.S_IMODE(os.stat("/dev/full").st_mode) == mode


def test_writing_resumes_when_the_disk_has_room_again(small_disk, reports):
    path = small_disk / "events.jsonl"
    ballast = small_disk / "ballast"
    with EventLog(LogSettings(str(path)), reports.append) as log:
        log.note(Listening(1))
        with pytest.raises(OSError, match="No space"):
            ballast.write_bytes(bytes(10**6))
        for turn in range(2, 40):
            log.note(Heard(turn, Transcript("word " * 100), 1.0, "microphone"))
        assert len(reports) == 1
        ballast.unlink()
        log.note(Listening(99))
        log.note(Listening(100))
    gc.collect()
    assert len(reports) == 1
    assert json.loads(lines(path)[0])["turn"] == 1
    assert [json.loads(line)["turn"] for line in lines(path)[-2:]] == [99, 100]


def test_a_folder_in_place_of_the_file_is_reported_once_and_resumes(tmp_path, reports):
    path = tmp_path / "events.jsonl"
    path.mkdir()
    with EventLog(LogSettings(str(path)), reports.append) as log:
        log.note(Listening(1))
        log.note(Listening(2))
        path.rmdir()
        log.note(Listening(3))
    assert len(reports) == 1
    assert "Is a directory" in reports[0]
    assert [json.loads(line)["turn"] for line in lines(path)] == [3]


def test_threads_may_note_at_once(tmp_path, reports):
    path = tmp_path / "events.jsonl"
    with EventLog(LogSettings(str(path), 100_000_000), reports.append) as log:
        threads = [
            threading.Thread(target=lambda: [log.note(Listening(n)) for n in range(200)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len([json.loads(line) for line in lines(path)]) == 800
