"""What breaks in the middle of a conversation: it is said, and the next turn is answered.

Over the virtual sound card, with the processes, files and devices that really break.
"""

import contextlib
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
from tests.own_plugins import leave_out_bundled, write_own
from tests.processes import PATIENCE_S, children_of, wait_until_gone
from tests.virtual_audio import replacing

pytestmark = pytest.mark.slow

QUESTION, WORDS = RECORDINGS / "3_time.wav", "what time is it"
OURS = ("-m", "assistant", "run", "--json", "--set", "transcription.patience_ms=10000")


class Conversation(Program):
    """``tonewise run --json`` over the virtual sound card."""

    lives_s = 3 * PATIENCE_S

    def __init__(self, card, *arguments, cwd=None, **variables):
        self.card = card
        super().__init__({**card.environment, **variables}, *OURS, *arguments, cwd=cwd)
        self.notes = []
        self._noting = threading.Thread(target=self._read_notes, daemon=True)
        self._noting.start()

    def _read_notes(self):
        self.notes.extend(self.process.stderr)

    def __enter__(self):
        try:
            self.expect("listening")
        except BaseException:  # nothing else ends it, or its thread
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        self.process.kill()
        self._noting.join(PATIENCE_S)  # before what it reads is closed
        super().__exit__(*error)

    def send(self, number, module):
        """Send a signal to the processes that run a module; returns their pids."""
        sent = []
        for pid in children_of(self.process.pid):
            # One may end meanwhile, and another be started in its place.
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                if module in Path(f"/proc/{pid}/cmdline").read_text().split("\0"):
                    os.kill(pid, number)
                    sent.append(pid)
        assert sent
        return sent

    def asked(self):
        """Ask what time it is; returns what happened until it listens again."""
        self.card.say(QUESTION)
        return self.expect("listening")

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
        assert len(faults(conversation.asked())) <= 1
        assert conversation.answers()
        conversation.send(signal.SIGSTOP, "assistant.recogniser_child")
        (fault,) = faults(conversation.asked())
        assert fault.startswith("pocketsphinx: ")
        assert conversation.answers()


def test_a_speech_engine_that_is_killed_before_a_reply_is_started_again_for_it(hold):
    with hold() as conversation:
        conversation.card.say(QUESTION)
        conversation.expect("heard")
        for pid in conversation.send(signal.SIGKILL, "assistant.speech_child"):
            assert wait_until_gone(pid)
        assert len(faults(conversation.expect("listening"))) <= 1
        assert conversation.answers()


def test_a_player_that_is_killed_while_it_plays_costs_that_reply(hold):
    with hold() as conversation:
        with conversation.card.record() as recording:
            conversation.card.say(QUESTION)
            conversation.expect("reply")
            recording.wait_for_sound()
            conversation.send(signal.SIGKILL, "assistant.loudspeaker_child")
        (fault,) = faults(conversation.expect("listening"))
        assert "\n" not in fault
        assert conversation.answers()


LONG = """\
from assistant import Reply, hookimpl

@hookimpl
def respond(utterance):
    return Reply("This goes on and on. " * 5_000)
"""


def test_a_reply_of_100_kb_begins_at_once_and_can_be_interrupted(hold, tmp_path):
    write_own(tmp_path, "endless", LONG)
    leave_out_bundled(tmp_path)
    settings = tmp_path / "settings.toml"
    settings.write_text('[audio]\necho = "headphones"\n')
    with hold(TONEWISE_SETTINGS=str(settings)) as conversation:
        for _ in range(2):  # the second interrupts the first
            with conversation.card.record() as recording:
                conversation.card.say(QUESTION)
                (*_, reply) = conversation.expect("reply")
                recording.wait_for_sound()
            assert reply["reply"]["plugin"] == "endless"


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
import datetime, time
at, days = time.time, [0]

def jumping():
    days[0] = -1 - days[0]
    return at() + 86_400 * days[0]

class Jumping(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(jumping(), tz)

time.time, datetime.datetime = jumping, Jumping
"""


def test_a_clock_that_jumps_back_and_ahead_by_a_day_changes_nothing(hold, tmp_path):
    """At every look at it, in all processes that are Python's."""
    variables = replacing("sitecustomize", JUMPING, tmp_path)
    log, folder = tmp_path / "events.jsonl", tmp_path / "recorded"
    kept = ("--set", f"log.file={log}", "--set", f"recorder.folder={folder}")
    with hold(*kept, PYTHONPATH=variables["PYTHONPATH"]) as conversation:
        assert conversation.answers()
        assert conversation.answers()
    days = [json.loads(line)["time"][:10] for line in log.read_text().splitlines()]
    assert len(set(days)) == 2  # it did jump, and each event is there
    assert days.count(min(days)) == pytest.approx(len(days) / 2, abs=len(days) / 4)
    assert len(list(folder.rglob("*.wav"))) >= 2
