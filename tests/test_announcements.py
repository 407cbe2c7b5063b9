"""What is said unasked: when its time has come, also after a restart."""

import stat
import time

import pytest

from assistant.announcements import LATE, MAX_WAITING, Announcement, Announcements, Schedule
from assistant.errors import PluginError
from assistant.values import Reply, Style
from tests.processes import wait_until

PATIENCE_S = 20


class Board:
    """A schedule, what was announced, and what it reported."""

    def __init__(self, path):
        self.said, self.faults = [], []
        self.schedule = Schedule(
            path, self.said.append, lambda fault: self.faults.append(str(fault))
        )

    def __enter__(self):
        self.schedule.__enter__()
        return self

    def __exit__(self, *error):
        self.schedule.__exit__(*error)

    def texts(self):
        return [reply.text for reply in self.said]

    def add(self, text, in_s=0.0, plugin="clock", key=None):
        reply = Reply(text, plugin, Style(rate=0.5))
        self.schedule.add(Announcement(key or text, reply, time.time() + in_s))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data" / "announcements.json"


def test_what_is_due_is_said_at_once_and_not_kept(path):
    with Board(path) as board:
        board.add("now")
        assert wait_until(lambda: board.said)
    assert board.said == [Reply("now", "clock", Style(rate=0.5))]
    assert not path.exists()


def test_announcements_come_in_the_order_of_their_times(path):
    with Board(path) as board:
        for text, in_s in (("c", 0.6), ("a", 0.2), ("b", 0.4)):
            board.add(text, in_s)
        assert wait_until(lambda: len(board.said) == 3)
    assert board.texts() == ["a", "b", "c"]
    with Board(path) as board:
        assert board.schedule.waiting == ()


def test_one_that_waits_is_said_after_a_restart_and_a_late_one_says_so(path):
    with Board(path) as board:
        board.add("soon", 0.5)
        board.add("long ago", 0.1)
    assert board.said == []
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.write_text(path.read_text().replace(f"{time.time():.0f}"[:4], "1000"))
    with Board(path) as board:
        assert wait_until(lambda: len(board.said) == 2)
    assert sorted(board.texts()) == [f"{LATE}long ago", f"{LATE}soon"]
    with Board(path) as board:
        time.sleep(0.1)
    assert board.said == []


def test_one_can_be_cancelled_and_replaced_by_its_plugin_alone(path):
    with Board(path) as board:
        board.add("tea", 0.5, key="1")
        board.add("coffee", 0.5, key="1")
        board.add("other", 0.5, "notes", key="1")
        board.schedule.cancel("clock", "nothing")
        board.schedule.cancel("notes", "1")
        assert wait_until(lambda: board.said)
        time.sleep(0.1)
    assert board.texts() == ["coffee"]


def test_those_of_plugins_that_run_no_more_are_forgotten(path):
    with Board(path) as board:
        board.add("tea", 60)
        board.add("other", 60, "notes")
        board.schedule.keep_only(["notes", "chat"])
    with Board(path) as board:
        assert [each.reply.text for each in board.schedule.waiting] == ["other"]


def test_a_plugin_has_no_more_than_it_may(path):
    with Board(path) as board:
        for number in range(MAX_WAITING):
            board.add(f"{number}", 600)
        with pytest.raises(PluginError, match=f"over {MAX_WAITING}"):
            board.add("one too many", 600)
        board.add("again", 600, key="0")
        board.add("of another", 600, "notes")
        assert len(board.schedule.waiting) == MAX_WAITING + 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"waiting": [5]}'])
def test_a_damaged_file_is_told_and_the_next_is_kept(content, path):
    path.parent.mkdir()
    path.write_text(content)
    with Board(path) as board:
        (fault,) = board.faults
        aside = path.with_name(f"{path.name}.damaged")
        assert fault == (
            f"{path} is damaged: timers are lost; what is left of them is in {aside}"
        )
        assert aside.read_text() == content
        board.add("tea", 60)
    with Board(path) as board:
        assert len(board.schedule.waiting) == 1


def test_where_the_file_cannot_be_written_they_wait_all_the_same(path):
    path.parent.touch()
    with Board(path) as board:
        board.add("tea", 0.2)
        assert wait_until(lambda: board.said)
        assert "timers end with the program" in board.faults[-1]


def test_it_ends_at_once(path):
    with Board(path) as board:
        board.add("tea", 600)
        begin = time.monotonic()
    assert time.monotonic() - begin < PATIENCE_S / 2


def test_what_is_ready_is_taken_in_order():
    ready = Announcements()
    assert ready.take() is None
    for text in "ab":
        ready.put(Reply(text))
    assert [ready.take().text, ready.take().text, ready.take()] == ["a", "b", None]


def test_what_was_due_long_ago_when_it_came_is_not_late(path):
    with Board(path) as board:
        board.add("past", -1_000)
        assert wait_until(lambda: board.said)
    assert board.texts() == ["past"]
