"""Plugin processes are copies of one, and as separate as others."""

import json
import os
import signal
import threading
import time

import pytest

from assistant.nursery import Nursery
from assistant.plugin_child import Question
from assistant.values import Transcript, Utterance
from assistant.wire import to_plain
from tests.processes import is_alive, pss_mb, wait_until

pytestmark = pytest.mark.slow

PATIENCE_S = 20
LOAD = {"load": {"settings": {}, "store": ""}}
ASK = {"respond": to_plain(Question(Utterance(Transcript("x"))))}


@pytest.fixture
def nursery():
    nursery = Nursery(dict(os.environ))
    yield nursery
    nursery.close()


@pytest.fixture
def plugin(tmp_path):
    path = tmp_path / "echo.py"
    path.write_text(
        "import os, random\ndef respond(utterance): return f'{os.getpid()} {random.random()}'\n"
    )
    return ["file", "echo", str(path)]


@pytest.fixture
def fork(nursery, plugin):
    """Starts a copy with the plugin loaded; none is left behind."""
    copies = []

    def fork():
        copies.append(nursery.fork(plugin))
        assert asked(copies[-1], LOAD)["hooks"] == ["respond"]
        return copies[-1]

    yield fork
    for copy in copies:
        if copy.poll() is None:
            os.killpg(copy.pid, signal.SIGKILL)
        copy.wait()
        for file in (copy.stdin, copy.stdout, copy.stderr):
            file.close()


def asked(copy, message):
    copy.stdin.write(json.dumps(message).encode() + b"\n")
    copy.stdin.flush()
    return json.loads(copy.stdout.readline())


def test_copies_run_beside_each_other_and_have_their_own_chance(fork):
    copies = [fork() for _ in range(3)]
    answers = [asked(copy, ASK)["reply"]["text"].split() for copy in copies]
    assert [int(pid) for pid, _ in answers] == [copy.pid for copy in copies]
    assert len({number for _, number in answers}) == 3
    assert [os.getpgid(copy.pid) for copy in copies] == [copy.pid for copy in copies]


def test_a_copy_that_ended_is_noticed_and_reaped(fork):
    copy = fork()
    assert copy.poll() is None
    os.kill(copy.pid, signal.SIGKILL)
    assert wait_until(lambda: copy.poll() is not None)
    copy.wait()
    assert copy.poll() is not None
    assert wait_until(lambda: not os.path.exists(f"/proc/{copy.pid}"))


def test_the_name_of_the_plugin_is_shown(fork):
    with open(f"/proc/{fork().pid}/comm") as file:
        assert file.read() == "echo\n"


def test_copies_die_with_the_nursery_and_the_next_one_begins_anew(nursery, fork):
    first = fork()
    nursery._process.kill()
    assert wait_until(lambda: first.poll() is not None)
    assert wait_until(lambda: nursery._process.poll() is not None)
    assert fork().poll() is None


def test_copies_outlive_the_thread_that_asked_for_them(fork):
    copies = []
    thread = threading.Thread(target=lambda: copies.append(fork()))
    thread.start()
    thread.join()
    time.sleep(0.1)
    assert copies[0].poll() is None


def test_closed_it_leaves_nothing(nursery, fork):
    copy, pid = fork(), nursery._process.pid
    for _ in range(2):
        nursery.close()
    assert not is_alive(pid)
    assert wait_until(lambda: copy.poll() is not None)


def test_a_copy_shares_its_memory(fork):
    from_scratch_mb = 10.0
    assert pss_mb([fork().pid for _ in range(5)]) < 5 * 0.7 * from_scratch_mb


def test_a_copy_can_be_killed_as_soon_as_there_is_one(nursery, plugin):
    for _ in range(50):
        copy = nursery.fork(plugin)
        os.killpg(copy.pid, signal.SIGKILL)
        copy.wait()
        for file in (copy.stdin, copy.stdout, copy.stderr):
            file.close()
