"""A loudspeaker in a process of its own: a write to it may never return.

Run through `assistant.child.Child` as ``--device=NAME``. The parent sends ``{"play": PATH}``
for each part of a reply, 16-bit mono WAV, then ``{"end": true}``. The device is open from
the first part to the end; where the next part is not there yet it is given silence.

It is told ``{"opened": {}}``, then at least four times a second how it goes:
``{"n_waiting": ...}`` parts that wait; at the end ``{"done": true}``.
"""

import argparse
import contextlib
import functools
import queue
import threading
import time
import wave
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.audio import pcm_to_samples, resample, samples_to_pcm
from assistant.errors import DeviceError
from assistant.pipes import Message, Pipes
from assistant.portaudio_child import BUFFER_S, Opened, open_portaudio, open_stream
from assistant.values import Audio

if TYPE_CHECKING:
    import pyaudio

BLOCK_S = 0.05
"""How much sound is written at a time, and how long a wait lasts at most."""

SPARE_S = 0.1
"""A device that will be silent so soon is given silence, lest it run empty and click."""

Frames = npt.NDArray[np.int16]


class Player:
    """An open device, and what it still has to play."""

    def __init__(self, opened: Opened, pipes: Pipes, messages: "queue.Queue[Message]") -> None:
        """Play on ``opened``; the parts to play come as ``messages``."""
        self._opened = opened
        self._pipes = pipes
        self._messages = messages
        self._ends_s = 0.0  # when, on time.monotonic, all that was written will have sounded

    def play(self, audio: Audio) -> None:
        """Write one part, at the device's rate and to all its channels; raises OSError."""
        samples = resample(audio, self._opened.sample_rate).samples
        self._write(np.repeat(samples_to_pcm(samples).astype("<i2"), self._opened.n_channels))

    def next_message(self) -> Message:
        """Return what the parent says next; until then the device plays silence."""
        while True:
            left_s = self._ends_s - time.monotonic() - SPARE_S
            try:
                return self._messages.get(timeout=min(max(left_s, 0), BLOCK_S))
            except queue.Empty:
                if left_s <= 0:
                    self._write_silence(BLOCK_S)
                else:
                    self._report()

    def finish(self) -> None:
        """Return when the last part was heard; raises OSError."""
        # PortAudio 19.6 on ALSA drops what is buffered when it stops: let that be silence.
        self._write_silence(self._opened.stream.get_output_latency() + BUFFER_S["output"])
        self._opened.stream.stop_stream()
        self._opened.stream.close()

    def _write_silence(self, duration_s: float) -> None:
        n_frames = round(duration_s * self._opened.sample_rate)
        self._write(np.zeros(n_frames * self._opened.n_channels, "<i2"))

    def _write(self, frames: Frames) -> None:
        n_block = round(BLOCK_S * self._opened.sample_rate) * self._opened.n_channels
        for begin in range(0, frames.size, n_block):
            block = frames[begin : begin + n_block]
            self._opened.stream.write(block.tobytes())
            block_s = block.size / self._opened.n_channels / self._opened.sample_rate
            self._ends_s = max(self._ends_s, time.monotonic()) + block_s
            self._report()

    def _report(self) -> None:
        self._pipes.send({"n_waiting": self._messages.qsize()})


def play_reply(
    pipes: Pipes,
    messages: "queue.Queue[Message]",
    portaudio: "pyaudio.PyAudio",
    device: str,
    first: Message,
) -> None:
    """Play the parts of one reply, of which ``first`` was already sent.

    Raises:
        DeviceError: a file cannot be read, or the loudspeaker not opened, or it fails.
    """
    part = _read(first["play"])
    opened = open_stream(portaudio, device, "output", part.sample_rate)
    pipes.send({"opened": {}})
    player = Player(opened, pipes, messages)
    try:
        player.play(part)
        while "play" in (message := player.next_message()):
            player.play(_read(message["play"]))
        player.finish()
    except OSError as error:
        raise DeviceError(f"loudspeaker {opened.device!r} failed ({error})") from error
    pipes.send({"done": True})


def _read(path: str) -> Audio:
    try:
        with wave.open(path) as file:
            pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
            return Audio(pcm_to_samples(pcm), file.getframerate())
    except (OSError, EOFError, wave.Error) as error:
        raise DeviceError(f"{path}: cannot be played ({error})") from error


def _collect(pipes: Pipes, messages: "queue.Queue[Message]") -> None:
    """Queue what the parent sends, also while something is played."""
    for message in pipes:
        messages.put(message)
    messages.put({"closed": True})


def main(arguments: Sequence[str] | None = None) -> None:
    """Load PortAudio, then play one reply after another."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--device", default="", help="name, or empty for the default")
    device = parser.parse_args(arguments).device
    pipes = Pipes()
    messages: queue.Queue[Message] = queue.Queue()
    threading.Thread(target=_collect, args=(pipes, messages), daemon=True).start()
    load = functools.cache(open_portaudio)
    with contextlib.suppress(DeviceError):  # whoever asks is told
        load()
    try:
        while "play" in (message := messages.get()):
            play_reply(pipes, messages, load(), device, message)
    except DeviceError as error:
        # The process ends with it: the next one sees the devices that there are then.
        pipes.send({"error": str(error)})


if __name__ == "__main__":
    main()
