"""Work in several processes: its order, its errors, its end."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from assistant.errors import AudioError, TrainingError
from assistant.training.parallel import in_processes
from tests.training.in_keras import ROOT


def squared(number):
    return number**2, os.getpid()


def refused(number):
    if number == 7:
        raise AudioError("seven is no sound")
    return number


def fallen(number):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_few_items_are_done_here():
    assert list(in_processes(squared, range(5))) == [(n**2, os.getpid()) for n in range(5)]
    assert list(in_processes(squared, [])) == []


def test_an_error_passes_through():
    with pytest.raises(AudioError, match="seven"):
        list(in_processes(refused, range(9)))


@pytest.mark.slow
def test_many_items_are_done_elsewhere_in_order():
    found = list(in_processes(squared, range(30), n_processes=2))
    assert [square for square, _ in found] == [n**2 for n in range(30)]
    assert os.getpid() not in {process for _, process in found}


@pytest.mark.slow
def test_an_error_passes_through_from_elsewhere():
    with pytest.raises(AudioError, match="seven"):
        list(in_processes(refused, range(30), n_processes=2))


@pytest.mark.slow
def test_a_process_that_dies_is_told_in_one_line():
    with pytest.raises(TrainingError, match="died, as when memory is short"):
        list(in_processes(fallen, range(30), n_processes=2))


SLEEPING = """
import os, time
from assistant.training.parallel import in_processes
from tests.training.test_parallel import napping
if __name__ == "__main__":
    for process in in_processes(napping, range(40), n_processes=2):
        print(process, flush=True)
"""


def napping(number):
    time.sleep(0.5)
    return os.getpid()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_no_process_outlives_its_parent(tmp_path, number):
    (tmp_path / "sleeping.py").write_text(SLEEPING)
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "sleeping.py"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    child = Path("/proc") / parent.stdout.readline().strip()
    assert child.exists()
    parent.send_signal(number)
    parent.communicate(timeout=20)
    ends = time.monotonic() + 10
    while child.exists() and time.monotonic() < ends:
        time.sleep(0.05)
    assert not child.exists()
