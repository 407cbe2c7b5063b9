"""Child processes: whatever one does, the parent gets an answer or an error in time."""

import ctypes
import logging
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from assistant.child import Child
from assistant.errors import ChildError
from tests.processes import wait_until_gone

pytestmark = pytest.mark.slow

DEADLINE_S = 20  # generous: starting Python on a loaded machine


@pytest.fixture
def child():
    child = Child("tests.child_that", environment=environment())
    yield child
    child.stop()


def environment():
    """Ours, with the folder of the tests on the path, which -P would leave out."""
    return {**os.environ, "PYTHONPATH": os.getcwd()}


def test_a_request_is_answered(child):
    message = {"do": "echo", "words": "grüße", "numbers": [1, 2.5, None]}
    assert child.request(message, DEADLINE_S) == message


def test_one_process_answers_many_requests(child):
    child.request({"do": "echo"}, DEADLINE_S)
    pid = child._process.pid
    child.request({"do": "echo"}, DEADLINE_S)
    assert child._process.pid == pid


def test_an_error_in_the_child_is_raised_here_and_the_child_lives_on(child):
    with pytest.raises(ChildError, match="no such flower"):
        child.request({"do": "fail"}, DEADLINE_S)
    assert child.is_running


def test_a_child_is_not_blamed_for_what_keeps_us_from_running():
    """A library that holds the interpreter's lock stops the thread that reads as well."""
    ticking = Child("tests.child_that", ["tick"], environment())
    ticking.start()
    ticking.receive(DEADLINE_S)
    n_heard, faults = [0], []

    def listen():
        try:
            while n_heard[0] < 40:
                ticking.receive(0.5)
                n_heard[0] += 1
        except ChildError as error:
            faults.append(error)

    listener = threading.Thread(target=listen)
    listener.start()
    for _ in range(3):
        ctypes.PyDLL(None).usleep(900_000)  # PyDLL keeps the lock while it is in C
        time.sleep(0.01)
    listener.join(DEADLINE_S)
    ticking.stop()
    assert (faults, n_heard[0]) == ([], 40)


def test_a_child_that_hangs_is_killed_at_the_deadline(child):
    child.request({"do": "echo"}, DEADLINE_S)
    pid = child._process.pid
    begin = time.monotonic()
    with pytest.raises(ChildError, match=r"no answer within 0\.3 s"):
        child.request({"do": "hang"}, 0.3)
    assert time.monotonic() - begin < 5
    assert wait_until_gone(pid)


@pytest.mark.parametrize("fault", ["hang", "die", "flood"])
def test_after_a_fault_the_next_request_is_answered_by_a_new_child(child, fault):
    child.request({"do": "echo"}, DEADLINE_S)
    with pytest.raises(ChildError):
        child.request({"do": fault}, 0.3 if fault == "hang" else DEADLINE_S)
    assert child.request({"do": "echo", "n": 2}, DEADLINE_S) == {"do": "echo", "n": 2}


def test_a_child_that_dies_is_reported_before_the_deadline(child):
    with pytest.raises(ChildError, match="died"):
        child.request({"do": "die"}, DEADLINE_S)


def test_what_the_child_prints_goes_to_the_debug_log(child, caplog):
    caplog.set_level(logging.DEBUG, logger="tonewise")
    assert child.request({"do": "print"}, DEADLINE_S) == {"printed": True}
    child.request({"do": "echo"}, DEADLINE_S)
    end = time.monotonic() + 5
    while "more noise" not in caplog.text and time.monotonic() < end:
        time.sleep(0.02)
    assert "noise on stdout" in caplog.text


def test_nonsense_on_the_pipe_is_an_error():
    child = Child("tests.child_that", ["nonsense"], environment())
    child.start()
    with pytest.raises(ChildError, match="not a message"):
        child.receive(DEADLINE_S)
    assert not child.is_running


def test_a_child_may_send_without_being_asked():
    child = Child("tests.child_that", ["push"], environment())
    child.start()
    assert [child.receive(DEADLINE_S)["number"] for _ in range(3)] == [0, 1, 2]
    child.stop()


def test_stopping_kills_what_the_child_started(child):
    pid = child.request({"do": "fork"}, DEADLINE_S)["pid"]
    child.stop()
    assert wait_until_gone(pid)


def test_stopping_twice_is_harmless(child):
    child.request({"do": "echo"}, DEADLINE_S)
    child.stop()
    child.stop()
    assert not child.is_running


def test_a_module_that_does_not_exist_is_a_dead_child():
    with pytest.raises(ChildError, match="died"):
        Child("assistant.no_such_module").request({}, DEADLINE_S)


def test_a_child_outlives_the_thread_that_first_needed_it(child):
    thread = threading.Thread(target=child.start)
    thread.start()
    thread.join()
    pid = child._process.pid
    assert not wait_until_gone(pid, seconds=0.5)
    child.request({"do": "echo"}, DEADLINE_S)
    assert child._process.pid == pid


def test_a_long_message_does_not_wait_for_a_child_that_does_not_read(child):
    child.request({"do": "echo"}, DEADLINE_S)
    child.send({"do": "hang"})
    with pytest.raises(ChildError, match=r"no answer within 0\.3 s"):
        child.request({"do": "echo", "text": "x" * 900_000}, 0.3)


def test_a_message_that_no_child_would_take_is_refused(child):
    with pytest.raises(ChildError, match="too long"):
        child.send({"text": "x" * 1_000_000})


def test_the_child_dies_with_its_parent():
    program = (
        "from assistant.child import Child\n"
        "child = Child('tests.child_that')\n"
        "child.request({'do': 'echo'}, 20)\n"
        "print(child._process.pid, flush=True)\n"
        "import time; time.sleep(60)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, env=environment()
    )
    with parent:
        pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    assert wait_until_gone(pid)
