"""A microphone and a loudspeaker without a sound card: a private PulseAudio.

What is said into the sink ``room`` is heard by the source ``microphone``; what is played
arrives at the monitor of the sink ``speaker``. Real devices in real time, nothing faked.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from assistant.audio import pcm_to_samples
from assistant.pulse import Pulse
from assistant.values import Audio
from tests.processes import PATIENCE_S

FloatArray = npt.NDArray[np.float64]

RECORD_RATE = 48_000
BLOCK_FRAMES = RECORD_RATE // 100
START_S = 10.0

# Null sinks that rewind work in blocks of 2 s: the first sound would come late.
SINKS = ("speaker", "room")
NULL_SINK = ("module-null-sink", "norewinds=1")
MICROPHONE = ("module-remap-source", "master=room.monitor", "source_name=microphone")

ALSA_CONFIGURATION = """\
</usr/share/alsa/alsa.conf>
pcm.!default { type pulse }
ctl.!default { type pulse }
"""


class Recording:
    """What arrives at a sink, growing while it is recorded."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._n_frames = 0
        self._began_s = float("inf")

    def add(self, arrived_s: float, pcm: bytes) -> None:
        self._blocks.append(pcm)
        self._n_frames += len(pcm) // 2
        # Blocks arrive late, never early: the earliest tells when the first frame came.
        self._began_s = min(self._began_s, arrived_s - self._n_frames / RECORD_RATE)

    @property
    def audio(self) -> Audio:
        return self.since(0.0)[0]

    def since(self, start_s: float) -> tuple[Audio, float]:
        """Return what arrived since a time of `time.monotonic`, and when it really begins."""
        first = max(0, round((start_s - self._began_s) * RECORD_RATE))
        pcm = np.frombuffer(b"".join(self._blocks), "<i2")[first:]
        return Audio(pcm_to_samples(pcm), RECORD_RATE), self._began_s + first / RECORD_RATE

    def sounds_s(self, start_s: float = 0.0, louder_than_db: float = -60.0) -> FloatArray:
        """Return when, on `time.monotonic`, each louder sample since a time arrived."""
        audio, begins_s = self.since(start_s)
        (loud,) = np.nonzero(np.abs(audio.samples) > 10 ** (louder_than_db / 20))
        return begins_s + loud / RECORD_RATE

    def wait_for_sound(self) -> None:
        """Wait until something was heard."""
        end_s = time.monotonic() + PATIENCE_S
        while not self.sounds_s().size:
            assert time.monotonic() < end_s, "nothing is heard"
            time.sleep(0.02)

    def last_sound_s(self) -> float:
        """When, on `time.monotonic`, the last sound louder than -60 dB arrived."""
        return float(self.sounds_s()[-1])

    def first_sound_s(self) -> float:
        """When the first such sound arrived."""
        return float(self.sounds_s()[0])


class VirtualAudio:
    """The sound card; ``environment`` leads child processes to it."""

    def __init__(self, folder: Path) -> None:
        """Start it in ``folder``, whose path must be short: it holds a socket."""
        (folder / "alsa.conf").write_text(ALSA_CONFIGURATION)
        private = {
            "XDG_RUNTIME_DIR": str(folder),
            "PULSE_SERVER": f"unix:{folder}/pulse/native",
            "PULSE_COOKIE": str(folder / "cookie"),
            "ALSA_CONFIG_PATH": str(folder / "alsa.conf"),
            "TONEWISE_SETTINGS": str(folder / "settings.toml"),  # none: not the person's own
        }
        self.environment: Mapping[str, str] = {**os.environ, **private}
        # Ends by itself an hour after its last client, should the tests be killed.
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=3600"]
        modules = ["module-native-protocol-unix auth-anonymous=1", "module-cli-protocol-unix"]
        modules += [" ".join([*NULL_SINK, f"sink_name={sink}"]) for sink in SINKS]
        for module in (*modules, " ".join(MICROPHONE)):
            command += ["-L", module]
        # It keeps its files at home: give it one of its own.
        self._server = subprocess.Popen(
            command,
            env={**self.environment, "HOME": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self) -> None:
        end_s = time.monotonic() + START_S
        while "microphone" not in self._control("list", "short", "sources", check=False):
            assert time.monotonic() < end_s, "pulseaudio does not start"
            time.sleep(0.05)
        for sink in SINKS:
            self._set_full_volume(sink)
        self._control("set-source-volume", "microphone", "100%")

    def _set_full_volume(self, sink: str) -> None:
        self._control("set-sink-volume", sink, "100%")
        self._control("set-source-volume", f"{sink}.monitor", "100%")

    @property
    def pulse(self) -> Pulse:
        """The server, to ask what there is."""
        return Pulse(self.environment)

    def stop(self) -> None:
        """End the server, by its process."""
        self._server.terminate()
        self._server.wait(START_S)

    def say(self, path: Path) -> None:
        """Play a recording in the room; returns when it is over."""
        subprocess.run(["paplay", "-d", "room", str(path)], env=self.environment, check=True)

    def users(self) -> list[str]:
        """Return the streams of programs that hear the microphone or play to the speaker."""
        sinks = self._control("list", "short", "sinks").splitlines()
        (room,) = (line.split("\t")[0] for line in sinks if line.split("\t")[1] == "room")
        return [
            line
            for streams in ("source-outputs", "sink-inputs")
            for line in self._control("list", "short", streams).splitlines()
            # Modules have no client; who plays into the room is a person who speaks.
            if line.split("\t")[2] != "-"
            and (streams, line.split("\t")[1]) != ("sink-inputs", room)
        ]

    @contextlib.contextmanager
    def record(self, source: str = "speaker.monitor") -> Iterator[Recording]:
        """Record what the loudspeaker plays meanwhile, or what another source delivers."""
        command = ["parec", "-d", source, "--raw", "--format=s16le", "--channels=1"]
        command += [f"--rate={RECORD_RATE}", "--latency-msec=10"]
        recording = Recording()
        with subprocess.Popen(command, env=self.environment, stdout=subprocess.PIPE) as process:
            started = threading.Event()
            reader = threading.Thread(target=_read, args=(process.stdout, recording, started))
            reader.start()
            try:
                assert started.wait(START_S), "parec records nothing"
                yield recording
                time.sleep(0.2)  # for what is on its way
            finally:
                process.terminate()
                reader.join()

    @contextlib.contextmanager
    def loopback(self) -> Iterator[None]:
        """Have the microphone hear the loudspeaker meanwhile, as in a room, undamped."""
        # Without adjust_time=0 it keeps changing its rate, as no room does.
        arguments = ("source=speaker.monitor", "sink=room", "latency_msec=20", "adjust_time=0")
        index = self._control("load-module", "module-loopback", *arguments).strip()
        try:
            yield
        finally:
            self._control("unload-module", index)

    def unplug(self, is_cut: bool = True) -> None:
        """Take the microphone away from everyone who listens.

        PulseAudio moves the listeners to the loudspeaker's monitor, and back to a microphone
        that is plugged in; ``is_cut`` cuts them off, as where there is no such server.
        """
        self._control("unload-module", MICROPHONE[0])
        if is_cut:
            self._cut("source-output")

    def cut_off_players(self) -> None:
        """Take the loudspeaker away from everyone who plays."""
        self._cut("sink-input")

    @contextlib.contextmanager
    def frozen(self) -> Iterator[None]:
        """Have the sound system hang."""
        self._server.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._server.send_signal(signal.SIGCONT)

    def plug(self) -> None:
        """Bring the microphone back."""
        self._control("load-module", *MICROPHONE)
        self._control("set-default-source", "microphone")

    def unplug_speaker(self, is_cut: bool = True) -> None:
        """Take the loudspeaker away; PulseAudio moves who plays to the room unless cut."""
        for module in self.pulse.modules():
            if "sink_name=speaker" in module.argument.split():
                self.pulse.unload(module)
        if is_cut:
            self._cut("sink-input")

    def plug_speaker(self) -> None:
        """Bring the loudspeaker back."""
        self._control("load-module", *NULL_SINK, "sink_name=speaker")
        self._control("set-default-sink", "speaker")
        self._set_full_volume("speaker")

    def _cut(self, streams: str) -> None:
        """End all streams of a kind, but the ones that modules hold."""
        for line in self._control("list", "short", f"{streams}s").splitlines():
            index, _, client, *_ = line.split("\t")
            if client != "-":
                subprocess.run(
                    ["pacmd", f"kill-{streams}", index],
                    env={**self.environment, "HOME": self.environment["XDG_RUNTIME_DIR"]},
                    check=True,
                )

    def _control(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            ["pactl", *arguments],
            env=self.environment,
            check=check,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        return done.stdout


def replacing(module: str, program: str, folder: Path) -> dict[str, str]:
    """Return variables under which child processes import ``program`` as ``module``.

    For what no real library does on demand: to be missing, to hang, to crash, or to know
    a device that takes one format only.
    """
    (folder / f"{module}.py").write_text(program)
    inherited = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(folder), *([inherited] if inherited else [])])
    return {**os.environ, "PYTHONPATH": path}


def alignment(samples, reference):
    """Find ``reference`` in ``samples``, both of one rate.

    Returns:
        Where it begins, in samples; their correlation there, -1 to 1; how much louder
        than the reference it is, dB.
    """
    n_fft = samples.size + reference.size
    spectrum = np.fft.rfft(samples, n_fft) * np.fft.rfft(reference, n_fft).conj()
    begin = int(np.fft.irfft(spectrum, n_fft)[: samples.size].argmax())
    found = samples[begin : begin + reference.size]
    correlation = np.corrcoef(found, reference[: found.size])[0, 1]
    return begin, correlation, 20 * np.log10(found.std() / reference.std())


def _read(pipe, recording, started) -> None:
    while pcm := pipe.read(2 * BLOCK_FRAMES):
        recording.add(time.monotonic(), pcm)
        started.set()


@pytest.fixture(scope="session", name="virtual_audio")
def virtual_audio_fixture() -> Iterator[VirtualAudio]:
    """The sound card for all tests of a session."""
    for program in ("pulseaudio", "pactl", "pacmd", "paplay", "parec"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is missing; install pulseaudio and pulseaudio-utils")
    if not list(Path("/usr/lib").glob("*/alsa-lib/libasound_module_pcm_pulse.so")):
        pytest.skip("ALSA's PulseAudio plugin is missing; install libasound2-plugins")
    with tempfile.TemporaryDirectory(prefix="sound-", dir="/tmp") as folder:
        card = VirtualAudio(Path(folder))
        try:
            yield card
        finally:
            card.stop()
