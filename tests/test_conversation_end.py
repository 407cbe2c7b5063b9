"""SIGTERM and Ctrl-C, whatever the assistant is about: nothing of it is left 2 s later."""

import signal
import threading
import time

import pytest

from tests.conftest import RECORDINGS
from tests.live_turns import Program
from tests.processes import PATIENCE_S, children_of, is_alive, tree_of

pytestmark = pytest.mark.slow

DEADLINE_S = 2.0

SLOW = """\
import time
from assistant import Reply, hookimpl

@hookimpl
def respond(utterance):
    time.sleep(1.5)
    return Reply("At last.")
"""


def starts(card, program):
    """As soon as it has started one of its processes."""
    end_s = time.monotonic() + PATIENCE_S
    while not children_of(program.process.pid):
        assert time.monotonic() < end_s
        time.sleep(0.01)


def listens(card, program):
    """While nobody speaks."""
    program.until("listening", within_s=PATIENCE_S)


def hears(card, program):
    """In the middle of a sentence."""
    listens(card, program)
    said = threading.Thread(target=card.say, args=(RECORDINGS / "4_sad.wav",))
    said.start()
    time.sleep(1.2)


def asks_plugins(card, program):
    """While a plugin takes its time."""
    listens(card, program)
    card.say(RECORDINGS / "3_time.wav")
    program.until("heard", within_s=PATIENCE_S)
    time.sleep(0.3)


def speaks(card, program):
    """In the middle of its reply."""
    asks_plugins(card, program)
    program.until("reply", within_s=PATIENCE_S)
    time.sleep(0.5)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
@pytest.mark.parametrize("until", [starts, listens, hears, asks_plugins, speaks])
def test_it_ends_in_time_and_leaves_nothing(virtual_audio, tmp_path, until, number):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "slow.py").write_text(SLOW)
    (tmp_path / "settings.toml").write_text('[plugins]\nallowed = ["slow"]\n')
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {
        **virtual_audio.environment,
        "TMPDIR": str(temporary),
        "TONEWISE_SETTINGS": str(tmp_path / "settings.toml"),
    }
    arguments = ("-m", "assistant", "run", "--json", "--set", "plugins.disabled=companion")
    with Program(environment, *arguments) as program:
        until(virtual_audio, program)
        pids = tree_of(program.process.pid)
        begin_s = time.monotonic()
        program.process.send_signal(number)
        assert program.process.wait(PATIENCE_S) in (0, 130)
        while any(map(is_alive, pids)) or virtual_audio.users():
            assert time.monotonic() < begin_s + PATIENCE_S
            time.sleep(0.01)
        took_s = time.monotonic() - begin_s
        print(f"{until.__name__}, {number.name}: {took_s:.2f} s")
        assert took_s < DEADLINE_S
        assert "Traceback" not in program.process.stderr.read()
    assert list(temporary.rglob("*")) == []
