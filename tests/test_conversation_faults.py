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
from tests.virtual_audio import replacing

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

    def send(self, number, module):
        """Send a signal to the processes that run a module; returns their pids."""
        pids = [
            pid
            for pid in children_of(self.process.pid)
            if module in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        ]
        assert pids
        for pid in pids:
            os.kill(pid, number)
        return pids

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
        conversation.send(signal.SIGKILL, "assistant.recogniser_child")
        conversation.asked()  # what it heard before is gone; it may have to ask again
        assert conversation.answers()
        conversation.send(signal.SIGSTOP, "assistant.recogniser_child")
        events = conversation.asked()
        assert [event["event"] for event in events].count("error") == 1, events
        assert conversation.answers()


def test_a_speech_engine_that_is_killed_in_the_middle_of_a_reply_costs_that_reply(hold):
    with hold() as conversation:
        conversation.card.say(QUESTION)
        conversation.until("heard", within_s=PATIENCE_S)
        for pid in conversation.send(signal.SIGKILL, "assistant.speech_child"):
            assert wait_until_gone(pid)
        conversation.listens()
        assert conversation.answers()


def test_a_player_that_is_killed_while_it_plays_costs_that_reply(hold):
    with hold() as conversation:
        conversation.card.say(QUESTION)
        conversation.until("reply", within_s=PATIENCE_S)
        time.sleep(0.5)
        conversation.send(signal.SIGKILL, "assistant.loudspeaker_child")
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
        [sys.executable, *OURS, "--from", str(QUESTION)],
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
    log.write_text(2_000 * f"{json.dumps({'event': 'an earlier one'}):<1000}\n")
    arguments = ("--set", f"log.file={log}", "--set", "log.max_bytes=1000000000")
    with hold(*arguments) as conversation:
        # What is shorter can still be written, such as the sound of a reply.
        limits = (log.stat().st_size + 300, resource.RLIM_INFINITY)
        resource.prlimit(conversation.process.pid, resource.RLIMIT_FSIZE, limits)
        assert conversation.answers()
        assert conversation.noted("log.file")
        assert conversation.answers()
        assert sum("log.file" in note for note in conversation.notes) == 1
    for line in log.read_text().splitlines()[:-1]:
        json.loads(line)


JUMPING = """
import time
at = time.time

def jumping(days=[0]):
    days[0] = -1 - days[0]
    return at() + 86_400 * days[0]

time.time = jumping
"""


def test_a_clock_that_jumps_back_and_ahead_by_a_day_changes_nothing(hold, tmp_path):
    """At every look at it, in all processes that are Python's."""
    variables = replacing("sitecustomize", JUMPING, tmp_path)
    with hold(PYTHONPATH=variables["PYTHONPATH"]) as conversation:
        assert conversation.answers()
        assert conversation.answers()
