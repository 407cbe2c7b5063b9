"""Large pieces of memory that were freed do not stay with the process."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
import numpy as np
from assistant.native_memory import give_back_large
if "give back" in sys.argv:
    give_back_large()
np.ones(20_000_000, np.uint8)  # freed: from here on glibc would keep what is as large
large = np.ones(10_000_000, np.uint8)
above = [bytearray(4_000) for _ in range(100)]  # keep the end of the heap where it is
del large
for line in open("/proc/self/smaps_rollup"):
    if line.startswith("Private_Dirty"):
        print(int(line.split()[1]))
"""


def held_kb(*arguments):
    command = [sys.executable, "-c", PROGRAM, *arguments]
    return int(subprocess.check_output(command, text=True))


@pytest.mark.skipif(sys.platform != "linux", reason="it is about glibc")
def test_what_is_freed_goes_back_to_the_system():
    assert held_kb("give back") < held_kb() - 8_000
