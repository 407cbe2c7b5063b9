"""The whole assistant over a virtual sound card, in real time, with nothing replaced.

A recording is played into the room; PyAudio captures it, PocketSphinx and the emotion model
hear it, the bundled plugins answer, eSpeak speaks, and what comes out of the loudspeaker is
recorded and compared with the speech rendered for that reply.
"""

import json
import subprocess
import sys

import numpy as np
import pytest

from assistant.audio import resample
from assistant.sentences import sentences
from assistant.settings import SpeechSettings
from assistant.speech import Synthesizer
from assistant.values import EMOTIONS, Audio, Style
from tests.conftest import RECORDINGS
from tests.processes import PATIENCE_S, PythonProcess
from tests.virtual_audio import RECORD_RATE, alignment

pytestmark = pytest.mark.slow


class Tonewise(PythonProcess):
    """``tonewise run --json`` in a process of its own, and what it prints."""

    def __init__(self, environment, *arguments):
        patient = ("--set", "transcription.patience_ms=10000")  # the words are what counts
        super().__init__(environment, "-m", "assistant", "run", "--json", *patient, *arguments)

    def until(self, name):
        """Return the next event of that name; other ones are passed over."""
        for line in self.process.stdout:
            event = json.loads(line)
            assert event["event"] != "error", event
            if event["event"] == name:
                return event
        raise AssertionError(f"it ended before {name!r}: {self.process.stderr.read()}")


@pytest.fixture
def start(virtual_audio):
    """Starts the assistant on the virtual sound card."""
    return lambda *arguments: Tonewise(virtual_audio.environment, *arguments)


def rendered(reply):
    """Render a reply again: eSpeak gives the same sound for the same sentence."""
    style = Style(**reply["style"])
    with Synthesizer(SpeechSettings()) as synthesizer:
        parts = [synthesizer.render(each, style) for each in sentences(reply["text"])]
    return Audio(np.concatenate([part.samples for part in parts]), parts[0].sample_rate)


def sounding_s(audio: Audio) -> float:
    """Length from the first to the last sample above -46 dB, s."""
    (loud,) = np.nonzero(np.abs(audio.samples) > 0.005)
    return float(loud[-1] - loud[0]) / audio.sample_rate


def test_two_turns_by_voice(virtual_audio, start):
    turns = [("1_hello.wav", "hello there how are you"), ("3_time.wav", "what time is it")]
    with start("--turns", "2") as tonewise:
        for number, (name, words) in enumerate(turns, 1):
            assert tonewise.until("listening")["turn"] == number
            with virtual_audio.record() as recording:
                virtual_audio.say(RECORDINGS / name)
                heard = tonewise.until("heard")
                emotion = tonewise.until("emotion")["emotion"]
                reply = tonewise.until("reply")["reply"]
                spoke = tonewise.until("spoke")
            assert (heard["turn"], heard["source"]) == (number, "microphone")
            assert heard["transcript"]["text"] == words
            assert tuple(emotion["probabilities"]) == EMOTIONS
            expected = rendered(reply)
            assert spoke["duration_s"] == pytest.approx(expected.duration_s, abs=0.001)
            arrives_as_rendered(recording.audio, expected)
        assert tonewise.process.wait(PATIENCE_S) == 0


def without_faults(notes):
    """Leave out that the room is silent, and what a busy machine loses of it."""
    return (n for n in notes if "delivers only zeros" not in n and "sound were lost" not in n)


def arrives_as_rendered(recorded, expected):
    """What came out of the loudspeaker is the rendered speech: shape, level, length."""
    reference = resample(expected, RECORD_RATE)
    _, correlation, louder_db = alignment(recorded.samples, reference.samples)
    assert correlation > 0.9
    assert louder_db == pytest.approx(0, abs=1)
    assert sounding_s(recorded) == pytest.approx(sounding_s(reference), abs=0.05)


def test_doctor_really_opens_the_devices(virtual_audio):
    answer = subprocess.run(
        [
            sys.executable,
            "-m",
            "assistant",
            "doctor",
            "--json",
            "--set",
            "audio.input_device=PUL",
        ],
        env=virtual_audio.environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=2 * PATIENCE_S,
    )
    findings = {finding["name"]: finding for finding in json.loads(answer.stdout)}
    assert findings["microphone"]["detail"] == "PUL delivers sound"
    assert findings["loudspeaker"]["detail"] == "the default one plays"
    assert findings["saved devices"]["detail"] == (
        "microphone 'pulse' is there, loudspeaker: the default"
    )
    assert "only zeros" in findings["microphone level"]["detail"]  # nobody speaks
    assert findings["echo"]["detail"].startswith("half-duplex: ")


def test_a_lost_microphone_comes_back_in_the_same_conversation(virtual_audio, start):
    with start("--turns", "1") as tonewise:
        tonewise.until("listening")
        notes = without_faults(iter(tonewise.process.stderr.readline, ""))
        virtual_audio.unplug()
        try:
            assert next(notes).startswith("tonewise: microphone lost: ")
        finally:
            virtual_audio.plug()
        assert next(notes) == "tonewise: the microphone is back\n"
        virtual_audio.say(RECORDINGS / "3_time.wav")
        assert tonewise.until("heard")["transcript"]["text"] == "what time is it"
        tonewise.until("spoke")
        assert tonewise.process.wait(PATIENCE_S) == 0
        assert list(notes) == []


def test_a_lost_loudspeaker_costs_one_reply(virtual_audio, start):
    with start("--turns", "2") as tonewise:
        tonewise.until("listening")
        with virtual_audio.record() as recording:
            virtual_audio.say(RECORDINGS / "1_hello.wav")
            tonewise.until("reply")
            recording.wait_for_sound()
            virtual_audio.unplug_speaker()
        error = json.loads(tonewise.process.stdout.readline())
        virtual_audio.plug_speaker()
        assert error["event"] == "error"
        assert "cannot speak: loudspeaker" in error["error"]
        tonewise.until("listening")
        virtual_audio.say(RECORDINGS / "3_time.wav")
        assert tonewise.until("heard")["transcript"]["text"] == "what time is it"
        tonewise.until("spoke")
        assert tonewise.process.wait(PATIENCE_S) == 1  # something failed
        assert list(without_faults(tonewise.process.stderr)) == []


def test_without_a_microphone_the_demo_is_held(virtual_audio, start, tmp_path):
    """Even where there is a sound server, which offers what its loudspeakers play."""
    virtual_audio.unplug()
    try:
        with start("--replies", str(tmp_path), "--turns", "1") as tonewise:
            assert tonewise.until("heard")["source"].endswith(".wav")
            assert "no microphone found" in tonewise.process.stderr.readline()
    finally:
        virtual_audio.plug()
