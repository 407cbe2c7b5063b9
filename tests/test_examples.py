"""The examples run, and print what they say they do."""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import RECORDINGS, ROOT

EXAMPLES = ROOT / "examples"
HELLO, TIME = RECORDINGS / "1_hello.wav", RECORDINGS / "3_time.wav"


@pytest.fixture
def example(tmp_path):
    """Runs an example; returns what it printed."""
    own = {"TONEWISE_SETTINGS": str(tmp_path / "settings.toml"), "XDG_DATA_HOME": str(tmp_path)}

    def run(name, *arguments):
        done = subprocess.run(
            [sys.executable, EXAMPLES / name, *arguments],
            env={**os.environ, **own},
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    return run


@pytest.mark.slow
def test_a_recording_is_classified(example):
    lines = example("classify_file.py", HELLO).splitlines()
    assert len(lines) == 9
    shares = [int(re.fullmatch(r"\w+ +(\d+)%", line)[1]) for line in lines[:8]]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(100, abs=5)
    assert lines[8] in ("certain", "not certain")


@pytest.mark.slow
def test_the_assistant_is_embedded(example):
    printed = example("embed_assistant.py", HELLO, TIME)
    kinds = re.findall(r"^(\w+): ", printed, re.MULTILINE)
    assert kinds == ["heard", "emotion", "reply"] * 2
    assert "heard: what time is it" in printed


def test_stages_are_replaced(example):
    assert example("own_stage.py") == (
        "[Before that you said: nothing.]\n[Before that you said: good morning.]\n"
    )


def test_every_example_is_run_here_and_named_in_the_architecture():
    names = {path.name for path in EXAMPLES.glob("*.py")} - {"make_recordings.py"}
    tested = set(re.findall(r'example\("(\w+\.py)"', (ROOT / __file__).read_text()))
    architecture = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert names == tested
    assert all(f"examples/{name}" in architecture for name in names)
