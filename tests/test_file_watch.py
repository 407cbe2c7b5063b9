"""Files that are saved are told of."""

import os
import queue
import time

import pytest

from assistant.file_watch import LOOK_S, FileWatch

PATIENCE_S = 20


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "plugin.py"
    path.write_text("a")
    return path


@pytest.fixture
def saved(path):
    """What was told, of this file."""
    told = queue.Queue()
    with FileWatch([path], told.put):
        yield told


def test_a_file_that_is_saved_is_told_once(path, saved):
    for text in ("b", "c"):
        path.write_text(text)
        assert saved.get(timeout=PATIENCE_S) == path
    time.sleep(3 * LOOK_S)
    assert saved.empty()


def test_a_file_that_is_replaced_is_told_also_with_its_old_time(path, saved):
    draft = path.with_suffix(".part")
    draft.write_text("b")
    os.utime(draft, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    draft.replace(path)
    assert saved.get(timeout=PATIENCE_S) == path


def test_one_that_is_away_for_a_moment_is_told_when_it_is_back(path, saved):
    path.unlink()
    time.sleep(3 * LOOK_S)
    assert saved.empty()
    path.write_text("b")
    assert saved.get(timeout=PATIENCE_S) == path


def test_while_it_is_still_being_written_nothing_is_told(path, saved):
    end_s = time.monotonic() + 4 * LOOK_S
    while time.monotonic() < end_s:
        with path.open("a") as file:
            file.write("more")
        time.sleep(LOOK_S / 10)
    assert saved.empty()
    assert saved.get(timeout=PATIENCE_S) == path


def test_where_there_is_nothing_to_watch_nothing_runs():
    with FileWatch([], print) as watch:
        assert not watch._thread.is_alive()
