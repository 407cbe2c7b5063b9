"""SIGTERM and Ctrl-C, whatever the assistant is about: nothing of it is left 2 s later."""

import contextlib
import signal
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import RECORDINGS
from tests.live_turns import Program
from tests.own_plugins import leave_out_bundled, write_own
from tests.processes import PATIENCE_S, children_of, is_alive

pytestmark = pytest.mark.slow

DEADLINE_S = 2.0

SLOW = """\
import time
from assistant import Reply, hookimpl

@hookimpl
def respond(utterance):
    time.sleep(1.5)
    return Reply("This is what I have to say about it. And there is more. " * 5)
"""


@contextlib.contextmanager
def starting(card, program):
    """As soon as it has started one of its processes."""
    end_s = time.monotonic() + PATIENCE_S
    while not children_of(program.process.pid):
        assert time.monotonic() < end_s
        time.sleep(0.01)
    yield


@contextlib.contextmanager
def listening(card, program):
    """While nobody speaks."""
    program.expect("listening")
    yield


@contextlib.contextmanager
def hearing(card, program):
    """In the middle of a sentence."""
    program.expect("listening")
    said = threading.Thread(target=card.say, args=(RECORDINGS / "4_sad.wav",))
    said.start()
    time.sleep(1.2)
    yield
    said.join()


@contextlib.contextmanager
def asking_plugins(card, program):
    """While a plugin takes its time."""
    program.expect("listening")
    card.say(RECORDINGS / "3_time.wav")
    program.expect("heard")
    time.sleep(0.3)
    yield


@contextlib.contextmanager
def speaking(card, program):
    """In the middle of its reply."""
    program.expect("listening")
    card.say(RECORDINGS / "3_time.wav")
    with card.record() as recording:
        program.expect("reply")
        recording.wait_for_sound()
    yield


def processes_of(variable):
    """Return the pids of processes that were started with that in their environment."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if variable.encode() in environment.read_bytes().split(b"\0"):
                found.append(int(environment.parent.name))
    return [pid for pid in found if is_alive(pid)]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda n: n.name)
@pytest.mark.parametrize("state", [starting, listening, hearing, asking_plugins, speaking])
def test_it_ends_in_time_and_leaves_nothing(virtual_audio, tmp_path, state, number):
    write_own(tmp_path, "slow", SLOW)
    leave_out_bundled(tmp_path)
    (tmp_path / "settings.toml").touch()
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    environment = {
        **virtual_audio.environment,
        "TMPDIR": str(temporary),
        "TONEWISE_SETTINGS": str(tmp_path / "settings.toml"),
    }
    with Program(environment, "-m", "assistant", "run", "--json") as program:
        with state(virtual_audio, program):
            begin_s = time.monotonic()
            program.process.send_signal(number)
            assert program.process.wait(PATIENCE_S) in (0, 130)
            while processes_of(f"TMPDIR={temporary}") or virtual_audio.users():
                assert time.monotonic() < begin_s + PATIENCE_S
                time.sleep(0.01)
            took_s = time.monotonic() - begin_s
        print(f"{state.__name__}, {number.name}: {took_s:.2f} s")
        assert took_s < DEADLINE_S
        assert "Traceback" not in program.process.stderr.read()
    assert list(temporary.rglob("*")) == []
