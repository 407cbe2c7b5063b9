"""What breaks in the middle of a conversation: it is said, and the next turn is answered.

Over the virtual sound card, with the processes, files and devices that really break.
"""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tests.conftest import RECORDINGS, ROOT
from tests.live_turns import Program
from tests.processes import PATIENCE_S, children_of, wait_until_gone

pytestmark = pytest.mark.slow

QUESTION, WORDS = RECORDINGS / "3_time.wav", "what time is it"
OURS = ("-m", "assistant", "run", "--json")


class Conversation(Program):
    """``tonewise run --json`` over the virtual sound card."""

    lives_s = 3 * PATIENCE_S

    def __init__(self, card, *arguments, cwd=None, **variables):
        self.card = card
        super().__init__({**card.environment, **variables}, *OURS, *arguments, cwd=cwd)
        self.notes = []
        threading.Thread(target=self._read_notes, daemon=True).start()
        assert self.listens()

    def _read_notes(self):
        self.notes.extend(self.process.stderr)

    def listens(self):
        """Wait until it listens; returns what happened until then."""
        events = self.until("listening", within_s=PATIENCE_S)
        assert events[-1]["event"] == "listening", events
        return events

    def child(self, module):
        """Return the pid of the process that runs a module."""
        (pid,) = [
            pid
            for pid in children_of(self.process.pid)
            if module in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        ]
        return pid

    def asked(self):
        """Ask what time it is; returns what happened until it listens again."""
        self.card.say(QUESTION)
        return self.listens()

    def answers(self):
        """Whether the next turn goes as it should."""
        found = {event["event"]: event for event in self.asked()}
        assert found["heard"]["transcript"]["text"] == WORDS
        assert "error" not in found
        return {"emotion", "reply", "spoke"} <= set(found)

    def noted(self, words):
        """Wait for a note with those words."""
        end_s = time.monotonic() + PATIENCE_S
        while not any(words in note for note in self.notes):
            assert time.monotonic() < end_s, self.notes
            time.sleep(0.02)
        return True


@pytest.fixture
def hold(virtual_audio):
    """Starts a conversation."""
    return lambda *arguments, **more: Conversation(virtual_audio, *arguments, **more)


def faults(events):
    return [event["error"] for event in events if event["event"] == "error"]


def test_a_recogniser_that_is_killed_or_hangs_costs_one_turn_at_most(hold):
    with hold() as conversation:
        os.kill(conversation.child("assistant.recogniser_child"), signal.SIGKILL)
        conversation.asked()  # what it heard before is gone; it may have to ask again
        assert conversation.answers()
        os.kill(conversation.child("assistant.recogniser_child"), signal.SIGSTOP)
        events = conversation.asked()
        assert [event["event"] for event in events].count("error") == 1, events
        assert conversation.answers()


def test_a_speech_engine_that_is_killed_in_the_middle_of_a_reply_costs_that_reply(hold):
    with hold() as conversation:
        engine = conversation.child("assistant.speech_child")
        conversation.card.say(QUESTION)
        conversation.until("heard", within_s=PATIENCE_S)
        os.kill(engine, signal.SIGKILL)
        assert wait_until_gone(engine)
        conversation.listens()
        assert conversation.answers()


def test_a_player_that_is_killed_while_it_plays_costs_that_reply(hold):
    with hold() as conversation:
        conversation.card.say(QUESTION)
        conversation.until("reply", within_s=PATIENCE_S)
        time.sleep(0.5)
        os.kill(conversation.child("assistant.loudspeaker_child"), signal.SIGKILL)
        (fault,) = faults(conversation.listens())
        assert "\n" not in fault
        assert conversation.answers()


LONG = """\
from assistant import Reply, hookimpl

@hookimpl
def respond(utterance):
    return Reply("This goes on and on. " * 5_000)
"""


def test_a_reply_of_100_kb_begins_at_once_and_can_be_interrupted(hold, tmp_path):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "endless.py").write_text(LONG)
    settings = tmp_path / "settings.toml"
    settings.write_text(
        '[plugins]\nallowed = ["endless"]\ndisabled = ["companion", "emotion_readback"]\n'
        '[audio]\necho = "headphones"\n'
    )
    with hold(TONEWISE_SETTINGS=str(settings)) as conversation:
        for _ in range(2):  # the second interrupts the first
            conversation.card.say(QUESTION)
            with conversation.card.record() as recording:
                (*_, reply) = conversation.until("reply", within_s=PATIENCE_S)
                time.sleep(2)
            assert reply["reply"]["plugin"] == "endless"
            assert recording.sounds_s().size


def copied(folder):
    """Copy what is installed, so that it can be damaged."""
    for name in ("assistant", "plugins", "models", "examples"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def test_a_model_that_is_damaged_is_named_and_one_in_use_may_be_swapped(hold, tmp_path):
    model = copied(tmp_path) / "models" / "emotion.tflite"
    sound = model.read_bytes()
    with hold(cwd=tmp_path, PYTHONPATH=str(tmp_path)) as conversation:
        model.write_bytes(b"swapped")
        assert conversation.answers()
    refused = subprocess.run(
        [sys.executable, *OURS, "--recordings", str(QUESTION)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert refused.returncode == 1
    (line,) = refused.stderr.splitlines()
    assert "emotion.tflite has SHA-256" in line
    assert line.endswith("install the model again")
    model.write_bytes(sound)
    with hold(cwd=tmp_path, PYTHONPATH=str(tmp_path)) as conversation:
        assert conversation.answers()


def test_a_disk_that_is_full_while_the_event_log_is_written_costs_the_log_alone(hold, tmp_path):
    log = tmp_path / "events.jsonl"
    with hold("--set", f"log.file={log}") as conversation:
        limits = (log.stat().st_size + 300, resource.RLIM_INFINITY)
        resource.prlimit(conversation.process.pid, resource.RLIMIT_FSIZE, limits)
        assert conversation.answers()
        assert conversation.noted("log.file")
        assert conversation.answers()
        assert sum("log.file" in note for note in conversation.notes) == 1
    for line in log.read_text().splitlines()[:-1]:
        json.loads(line)


def test_sound_that_is_lost_is_measured_and_told(hold):
    with hold() as conversation:
        capture = conversation.child("assistant.portaudio_child")
        time.sleep(2.5)  # so long it takes to know how late sound usually comes
        os.kill(capture, signal.SIGSTOP)
        time.sleep(1.5)
        os.kill(capture, signal.SIGCONT)
        assert conversation.noted("s of sound were lost")
        assert conversation.answers()


def test_a_clock_that_is_set_changes_nothing(hold, tmp_path):
    """A day back and then ahead, for all its processes."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        pytest.skip("libfaketime is missing; install faketime")
    clock = tmp_path / "clock"
    clock.write_text("+0")
    variables = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    log = tmp_path / "events.jsonl"
    with hold("--set", f"log.file={log}", **variables) as conversation:
        for shift in ("-1d", "+1d"):
            clock.write_text(shift)
            assert conversation.answers()
    days = {json.loads(line)["time"][:10] for line in log.read_text().splitlines()}
    assert len(days) == 3  # its processes did see it
