"""The echo canceller of a private PulseAudio, in a room where the microphone hears all."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from assistant.audio import read_audio, resample, write_wav
from assistant.echo_canceller import DEVICE, MODULE, EchoCanceller
from assistant.errors import DeviceError
from assistant.loudspeaker import Loudspeaker
from assistant.microphone import Microphone
from assistant.settings import SpeechSettings
from assistant.speech import Synthesizer
from assistant.steady_microphone import SteadyMicrophone
from assistant.values import Audio, Style
from tests.conftest import RECORDINGS
from tests.virtual_audio import RECORD_RATE, alignment

pytestmark = pytest.mark.slow

REPLY = (
    "The weather today is mild and cloudy, with a little rain in the evening. Tomorrow it will "
    "be sunny and warm, so you may leave your umbrella at home."
)


@pytest.fixture(scope="module")
def reply():
    """A reply as the assistant speaks it, about 8 s."""
    with Synthesizer(SpeechSettings()) as synthesizer:
        return synthesizer.render(REPLY, Style())


@pytest.fixture
def canceller(virtual_audio):
    with EchoCanceller(environment=virtual_audio.environment) as canceller:
        yield canceller


def loaded(virtual_audio):
    return [module for module in virtual_audio.pulse.modules() if module.name == MODULE]


def level_db(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12)


class Spoken(threading.Thread):
    """Plays a reply to the canceller's loudspeaker; ends with it."""

    def __init__(self, canceller, reply):
        super().__init__()
        self.loudspeaker = Loudspeaker(DEVICE, canceller.playback_environment)
        self.reply = reply

    def run(self):
        with self.loudspeaker:
            self.loudspeaker.play(self.reply)


def captured(canceller, speaking, during=lambda: None):
    """What the microphone hears without the echo until the reply is over, 16 kHz."""
    with Microphone(DEVICE, environment=canceller.capture_environment) as microphone:
        chunks = microphone.chunks()
        heard = [next(chunks)]
        meanwhile = threading.Thread(target=during)
        speaking.start()
        meanwhile.start()
        while speaking.is_alive() or meanwhile.is_alive():
            heard.append(next(chunks))
        return np.concatenate(heard)


def test_a_reply_is_taken_out_and_speech_of_somebody_else_is_not(
    virtual_audio, canceller, reply, tmp_path
):
    clip = read_audio(RECORDINGS / "3_time.wav")
    write_wav(tmp_path / "clip.wav", clip)

    def interrupt():
        time.sleep(4)
        virtual_audio.say(tmp_path / "clip.wav")

    with virtual_audio.loopback():
        with virtual_audio.record("microphone") as room:
            cancelled = captured(canceller, Spoken(canceller, reply))
        interrupted = captured(canceller, Spoken(canceller, reply), interrupt)
    echo = resample(room.audio, 16_000).samples
    part = resample(reply.between(1, 4), 16_000)
    assert alignment(echo, part.samples)[1] > 0.9  # the room has all of it
    reduced_db = level_db(echo) - level_db(cancelled)
    print(f"reduced by {reduced_db:.1f} dB")
    assert reduced_db > 12  # 16 to 32 were measured
    _, correlation, louder_db = alignment(interrupted, clip.samples)
    print(f"survives: correlation {correlation:.2f}, {louder_db:+.1f} dB")
    assert correlation > 0.5  # 0.74 to 0.79, as loud as the reply
    assert louder_db > -18  # -12 to -3


def test_without_an_echo_speech_passes_unchanged(virtual_audio, canceller, tmp_path):
    """No gain control and no suppression of noise: how it sounds is what is judged."""
    clip = read_audio(RECORDINGS / "1_hello.wav")
    write_wav(tmp_path / "clip.wav", clip)
    with virtual_audio.record(canceller.capture_environment["PULSE_SOURCE"]) as recording:
        virtual_audio.say(tmp_path / "clip.wav")
    arrived, reference = recording.audio.samples, resample(clip, RECORD_RATE).samples
    _, correlation, louder_db = alignment(arrived, reference)
    print(f"correlation {correlation:.2f}, {louder_db:+.1f} dB")
    assert correlation > 0.98
    assert abs(louder_db) < 0.5


def test_the_volume_of_the_microphone_stays_as_the_person_set_it(
    virtual_audio, canceller, reply
):
    before = volume(virtual_audio, "microphone")
    with virtual_audio.loopback():
        captured(canceller, Spoken(canceller, reply.between(0, 4)))
    assert volume(virtual_audio, "microphone") == before == "100%"


def volume(virtual_audio, source):
    command = ["pactl", "get-source-volume", source]
    answer = subprocess.run(
        command, env=virtual_audio.environment, capture_output=True, text=True, check=True
    )
    return answer.stdout.split("/")[1].strip()


def test_it_is_loaded_once_and_gone_afterwards(virtual_audio):
    with EchoCanceller(environment=virtual_audio.environment) as canceller:
        (first,) = loaded(virtual_audio)
        assert "source_master=microphone sink_master=speaker" in first.argument
        canceller.load()
        assert loaded(virtual_audio) == [first]
    assert loaded(virtual_audio) == []
    canceller.unload()  # nothing is there: nothing happens


LEFT_BEHIND = """
import os
from assistant.echo_canceller import EchoCanceller
EchoCanceller().load()
os._exit(1)
"""


def test_what_a_crash_left_behind_is_unloaded_and_the_one_of_a_living_is_not(virtual_audio):
    with EchoCanceller(environment=virtual_audio.environment):
        (ours,) = loaded(virtual_audio)
        crash = [sys.executable, "-c", LEFT_BEHIND]
        assert subprocess.run(crash, env=virtual_audio.environment).returncode == 1
        assert ours in loaded(virtual_audio)  # that one saw that we live
        assert len(loaded(virtual_audio)) == 2
        with EchoCanceller(environment=virtual_audio.environment):
            assert loaded(virtual_audio) == [ours]


def test_another_one_that_runs_is_not_cancelled_twice(virtual_audio, canceller):
    """Where its microphone was made the default, what lies behind it is taken."""
    pactl = ["pactl", "set-default-source"]
    source = canceller.capture_environment["PULSE_SOURCE"]
    subprocess.run([*pactl, source], env=virtual_audio.environment, check=True)
    try:
        another = [sys.executable, "-c", LEFT_BEHIND]
        assert subprocess.run(another, env=virtual_audio.environment).returncode == 1
        arguments = [module.argument for module in loaded(virtual_audio)]
        assert len(arguments) == 2
        assert all("source_master=microphone " in argument for argument in arguments)
    finally:
        subprocess.run([*pactl, "microphone"], env=virtual_audio.environment, check=True)
        with EchoCanceller(environment=virtual_audio.environment):
            pass


@pytest.mark.parametrize("name", ["USB Audio: Voice (hw:7,1)", "tidy voice", "FRONT"])
def test_a_microphone_is_found_by_its_card_and_by_a_part_of_its_name(virtual_audio, name):
    properties = "device.description='Tidy Voice' alsa.card=7 alsa.device=1"
    arguments = (
        "master=room.monitor",
        "source_name=front",
        f'source_properties="{properties}"',
    )
    virtual_audio.pulse.load("module-remap-source", *arguments)
    try:
        with EchoCanceller(name, environment=virtual_audio.environment):
            assert "source_master=front " in loaded(virtual_audio)[0].argument
    finally:
        for module in virtual_audio.pulse.modules():
            if "source_name=front" in module.argument:
                virtual_audio.pulse.unload(module)


@pytest.mark.parametrize("name", ["webcam", "USB (hw:3,0)", "n"])
def test_a_device_that_is_not_there_is_an_error_that_lists_them(virtual_audio, name):
    canceller = EchoCanceller("", name, virtual_audio.environment)
    with pytest.raises(
        DeviceError, match=r"no loudspeaker .* it has: Null Output, Null Output"
    ):
        canceller.load()
    assert loaded(virtual_audio) == []


def test_a_loudspeakers_own_sound_is_no_microphone(virtual_audio):
    canceller = EchoCanceller("speaker.monitor", environment=virtual_audio.environment)
    with pytest.raises(DeviceError, match=r"no microphone 'speaker\.monitor'"):
        canceller.load()


def test_without_pactl_it_says_what_to_install(virtual_audio, tmp_path):
    canceller = EchoCanceller(environment={**virtual_audio.environment, "PATH": str(tmp_path)})
    with pytest.raises(DeviceError, match="install pulseaudio-utils"):
        canceller.load()
    canceller.unload()


def test_without_a_sound_server_it_is_an_error_of_one_line(tmp_path):
    nowhere = {"PULSE_SERVER": f"unix:{tmp_path}/none", "PATH": "/usr/bin"}
    with pytest.raises(
        DeviceError, match=r"refused \(Connection failure.*is PulseAudio"
    ) as error:
        EchoCanceller(environment=nowhere).load()
    assert "\n" not in str(error.value)


def test_a_microphone_behind_it_heals_with_it(virtual_audio, canceller):
    """The server drops the canceller with the microphone: each attempt loads it again."""
    reports, n_chunks = [], 0

    def fresh():
        canceller.load()
        return Microphone(DEVICE, reports.append, canceller.capture_environment)

    with SteadyMicrophone(fresh, reports.append) as microphone:
        chunks = microphone.chunks()
        next(chunks)
        virtual_audio.unplug()
        assert loaded(virtual_audio) == []
        threading.Timer(3, virtual_audio.plug).start()
        while n_chunks < 20 or "the microphone is back" not in reports:
            assert next(chunks).shape == (512,)
            n_chunks += 1
    assert [report.startswith("microphone lost") for report in reports] == [True, False]
    assert len(loaded(virtual_audio)) == 1


def test_what_is_played_beside_it_stays(virtual_audio, canceller, reply):
    """Only what goes through it is cancelled; this test can tell when nothing is."""
    speech = reply.between(0, 4)
    speaking = threading.Thread(target=played_beside, args=(virtual_audio, speech))
    with virtual_audio.loopback():
        heard = captured(canceller, speaking)
    part = resample(speech.between(1, 3), 16_000)
    assert alignment(heard, part.samples)[1] > 0.9


def played_beside(virtual_audio, audio: Audio):
    with Loudspeaker(environment=virtual_audio.environment) as loudspeaker:
        loudspeaker.play(audio)
