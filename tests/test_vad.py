"""The voice detector, the real one."""

import os
import subprocess
import sys

import numpy as np

from assistant.audio import CHUNK_SAMPLES
from assistant.endpointing import chunked
from assistant.vad import VoiceDetector
from assistant.values import Audio
from tests.fakes import tone


def probabilities(audio, detector=None):
    detector = detector or VoiceDetector()
    return np.array([detector.speech_probability(chunk) for chunk in chunked(audio)])


def test_speech_is_speech(hello):
    assert (probabilities(hello) > 0.7).mean() > 0.5


def test_silence_and_tones_are_not():
    assert VoiceDetector().speech_probability(np.zeros(CHUNK_SAMPLES, np.float32)) < 0.1
    assert probabilities(tone(2)).max() < 0.5


def test_after_a_reset_it_answers_as_if_new(hello):
    detector = VoiceDetector()
    first = probabilities(hello, detector)
    detector.reset()
    np.testing.assert_array_equal(probabilities(hello, detector), first)


def test_two_detectors_do_not_disturb_each_other(hello):
    one, other = VoiceDetector(), VoiceDetector()
    alone = probabilities(hello)
    mixed = []
    for chunk in chunked(hello):
        mixed.append(one.speech_probability(chunk))
        other.speech_probability(np.zeros(CHUNK_SAMPLES, np.float32))
    np.testing.assert_allclose(mixed, alone)


def test_it_has_one_thread_and_leaves_the_limit_of_others_alone():
    program = (
        "import os\n"
        "import numpy as np\n"
        "from assistant.vad import VoiceDetector\n"
        "n_before = len(os.listdir('/proc/self/task'))\n"
        "VoiceDetector().speech_probability(np.zeros(512, np.float32))\n"
        "print(len(os.listdir('/proc/self/task')) - n_before, os.getenv('OMP_THREAD_LIMIT'))\n"
    )
    for limit in (None, "3"):
        environment = {k: v for k, v in os.environ.items() if k != "OMP_THREAD_LIMIT"}
        environment |= {"OMP_THREAD_LIMIT": limit} if limit else {}
        answer = subprocess.check_output(
            [sys.executable, "-c", program], env=environment, text=True
        )
        assert answer == f"0 {limit}\n"


def test_a_quiet_voice_is_a_voice(hello):
    """At this level Silero alone takes next to nothing of it for speech."""
    quiet = Audio(hello.samples * 10 ** (-45 / 20), hello.sample_rate)
    assert (probabilities(quiet) > 0.7).mean() > 0.5


def test_a_loud_voice_is_judged_as_it_is(hello):
    """What is turned up is forgotten with the first loud chunk."""
    loud = probabilities(hello)
    hum = np.random.default_rng(0).normal(0, 1e-4, 16_000)
    after_a_hum = Audio(np.concatenate([hum, hello.samples]), hello.sample_rate)
    assert np.abs(probabilities(after_a_hum)[-20:] - loud[-20:]).max() < 0.3


def test_a_silent_room_is_not_turned_up_into_a_voice():
    hiss = np.random.default_rng(0).normal(0, 10 ** (-65 / 20), 5 * 16_000)
    assert probabilities(Audio(hiss, 16_000)).max() < 0.5
