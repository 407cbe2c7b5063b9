"""PortAudio in a process of its own, because it can hang or crash when a device is unplugged.

Run through `assistant.child.Child` as ``list`` or ``capture --device=NAME``; playing has a
process of its own, `assistant.loudspeaker_child`.
"""

import argparse
import base64
import os
import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from assistant.audio import (
    CHUNK_S,
    CHUNK_SAMPLES,
    SAMPLE_RATE,
    pcm_to_samples,
    samples_to_pcm,
)
from assistant.errors import DeviceError
from assistant.pipes import Message, Pipes
from assistant.pulse import SERVED, missing_microphone

if TYPE_CHECKING:
    import pyaudio

Side = Literal["input", "output"]

COMMON_RATES_HZ = (48_000, 44_100)
"""What raw ALSA and USB devices support where they refuse other rates."""

BUFFER_S = {"input": CHUNK_S, "output": 0.1}
"""PortAudio holds about three of these; playing has time, and so the longer ones."""

CHECK_S = 1.5
"""How often the sound server is asked whether it still has a microphone."""

_CARD = re.compile(r"\s*\(hw:\d+,\d+\)$")
"""Where ALSA has a device: numbers that change when things are plugged in another order."""

_NOUNS = {"input": "microphone", "output": "loudspeaker"}


def open_portaudio() -> "pyaudio.PyAudio":
    """Return PyAudio, which knows the devices that there are now.

    Raises:
        DeviceError: PyAudio is missing, or PortAudio does not start.
    """
    os.environ["JACK_NO_START_SERVER"] = "1"
    try:
        import pyaudio

        return pyaudio.PyAudio()
    except ImportError as error:
        raise DeviceError(
            f"PyAudio is missing ({error}); install portaudio19-dev, then `pip install PyAudio`"
        ) from error
    except OSError as error:
        raise DeviceError(
            f"PortAudio does not start ({error}); check the sound system"
        ) from error


def list_devices(portaudio: "pyaudio.PyAudio") -> list[Message]:
    """Return one message for each device; its place in the list is PortAudio's index."""
    default_input = _default_index(portaudio.get_default_input_device_info)
    default_output = _default_index(portaudio.get_default_output_device_info)
    devices: list[Message] = []
    for index in range(portaudio.get_device_count()):
        info = portaudio.get_device_info_by_index(index)
        host_api = portaudio.get_host_api_info_by_index(info["hostApi"])
        devices.append(
            {
                "name": info["name"],
                "host_api": host_api["name"],
                "n_inputs": info["maxInputChannels"],
                "n_outputs": info["maxOutputChannels"],
                "sample_rate": round(info["defaultSampleRate"]),
                "is_default_input": index == default_input,
                "is_default_output": index == default_output,
            }
        )
    return devices


def _default_index(ask: Callable[[], Message]) -> int | None:
    try:
        return int(ask()["index"])
    except OSError:
        return None  # there is none: a state, not a fault


def choose(devices: Sequence[Message], name: str, side: Side) -> int:
    """Return the index of the device called ``name``; empty is the system's default.

    Case does not matter, and a part of the name will do where it fits one name only. A
    whole name fits as well when its card has another number now.

    Raises:
        DeviceError: no device or several fit; the message lists the names.
    """
    usable = {index: device for index, device in enumerate(devices) if device[f"n_{side}s"]}
    if not usable:
        raise DeviceError(f"no {_NOUNS[side]} found; connect one and try again")
    if not name:
        fits = [index for index, device in usable.items() if device[f"is_default_{side}"]]
    else:
        fits = _named(usable, name.casefold())
    if fits:
        return fits[0]
    names = ", ".join(dict.fromkeys(device["name"] for device in usable.values()))
    fault = f"{_NOUNS[side]} {name!r} fits none or several" if name else "there is no default"
    raise DeviceError(f"{fault}; set audio.{side}_device to one of: {names}")


def _named(usable: dict[int, Message], wanted: str) -> list[int]:
    """Return what fits. A name may recur under another host API: PortAudio's first wins."""
    names = {index: device["name"].casefold() for index, device in usable.items()}
    for part in dict.fromkeys((wanted, _CARD.sub("", wanted))):
        exact = [index for index, name in names.items() if name == part]
        partial = [index for index, name in names.items() if part in name]
        fits = exact or partial
        if len({names[index] for index in fits}) == 1:
            return fits
    return []


@dataclass(frozen=True)
class Opened:
    """A device that runs, in 16-bit samples."""

    stream: "pyaudio._Stream"
    device: str
    sample_rate: int
    """Samples per second of each channel, Hz."""
    n_channels: int


def open_stream(
    portaudio: "pyaudio.PyAudio", name: str, side: Side, sample_rate: int
) -> Opened:
    """Open a device at ``sample_rate`` and mono, or as near to that as it supports.

    Raises:
        DeviceError: no such device, or it cannot be opened.
    """
    import pyaudio

    devices = list_devices(portaudio)
    index = choose(devices, name, side)
    device = devices[index]
    fault: Exception | None = None
    for rate in dict.fromkeys((sample_rate, device["sample_rate"], *COMMON_RATES_HZ)):
        for n_channels in sorted({1, min(2, device[f"n_{side}s"]), device[f"n_{side}s"]}):
            asked = {f"{side}_device": index, f"{side}_channels": n_channels}
            try:
                portaudio.is_format_supported(
                    rate, **asked, **{f"{side}_format": pyaudio.paInt16}
                )
                stream = portaudio.open(
                    rate,
                    n_channels,
                    pyaudio.paInt16,
                    frames_per_buffer=round(BUFFER_S[side] * rate),
                    **{side: True, f"{side}_device_index": index},
                )
            except (OSError, ValueError) as error:  # it raises where it means no
                fault = error
                continue
            return Opened(stream, device["name"], rate, n_channels)
    reason = fault.args[0] if isinstance(fault, ValueError) else fault
    raise DeviceError(
        f"{_NOUNS[side]} {device['name']!r} cannot be opened ({reason}); "
        f"is another program using it?"
    ) from fault


def capture(pipes: Pipes, name: str) -> None:
    """Send ``{"opened": ...}`` once sound flows, then chunks with their times until killed.

    Raises:
        DeviceError: the microphone cannot be opened, or fails.
    """
    import soxr

    pipes.widen()  # for 20 s of sound: the parent may be kept from reading for long
    opened = open_stream(open_portaudio(), name, "input", SAMPLE_RATE)
    if opened.device in SERVED:
        if missing := missing_microphone(os.environ):
            raise DeviceError(f"no microphone found: {missing}; connect one and try again")
        threading.Thread(target=_watch_server, args=(pipes,), daemon=True).start()
    resampler = soxr.ResampleStream(opened.sample_rate, SAMPLE_RATE, 1, dtype="float32")
    pending = np.empty(0, np.float32)
    is_first = True
    for frames in _blocks(opened):
        now_s = time.monotonic()
        if is_first:
            pipes.send({"opened": {"latency_s": opened.stream.get_input_latency()}})
            is_first = False
        mono = pcm_to_samples(frames).mean(axis=1)
        pending = np.concatenate([pending, resampler.resample_chunk(mono)])
        while pending.size >= CHUNK_SAMPLES:
            pcm = samples_to_pcm(pending[:CHUNK_SAMPLES]).astype("<i2").tobytes()
            pending = pending[CHUNK_SAMPLES:]
            pipes.send({"pcm": base64.b64encode(pcm).decode(), "time_s": now_s})


def _watch_server(pipes: Pipes) -> None:
    """Tell once when the sound server has no microphone any more: its stream would go on."""
    while True:
        time.sleep(CHECK_S)
        if missing := missing_microphone(os.environ):
            pipes.send({"error": f"it is gone: {missing}"})
            return


def _blocks(opened: Opened) -> Iterator[npt.NDArray[np.int16]]:
    """Yield 32 ms of frames at a time, shape (n_frames, n_channels), at the device's rate."""
    n_frames = round(CHUNK_SAMPLES * opened.sample_rate / SAMPLE_RATE)
    try:
        while True:
            # With the default, one overflow closes the stream for good.
            pcm = opened.stream.read(n_frames, exception_on_overflow=False)
            yield np.frombuffer(pcm, "<i2").reshape(-1, opened.n_channels)
    except OSError as error:
        raise DeviceError(f"microphone {opened.device!r} failed ({error})") from error


def main(arguments: Sequence[str] | None = None) -> None:
    """Do what the command line says, over the pipes to the parent."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("task", choices=("list", "capture"))
    parser.add_argument("--device", default="", help="name, or empty for the default")
    parsed = parser.parse_args(arguments)
    pipes = Pipes()
    try:
        if parsed.task == "capture":
            capture(pipes, parsed.device)
        else:
            pipes.send({"devices": list_devices(open_portaudio())})
    except DeviceError as error:
        # The process ends with it: the next one sees the devices that there are then.
        pipes.send({"error": str(error)})


if __name__ == "__main__":
    main()
