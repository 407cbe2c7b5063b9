"""What ``tonewise doctor`` finds of the sound card: devices that are really opened."""

import itertools
from collections.abc import Iterator

import numpy as np

from assistant.audio import CHUNK_S, SAMPLE_RATE
from assistant.build import open_echo_canceller
from assistant.cli.findings import Finding, tried
from assistant.devices import check_sound, chosen, devices
from assistant.errors import DeviceError
from assistant.loudspeaker import Loudspeaker
from assistant.microphone import Microphone
from assistant.portaudio_child import Side
from assistant.settings import AudioSettings, Echo
from assistant.sound_faults import (
    CLIPPED_SHARE,
    CLIPPING_REPORT,
    FULL_SCALE,
    ZEROS_REPORT,
)
from assistant.values import Audio, Samples

SILENCE = Audio(np.zeros(SAMPLE_RATE // 2, np.float32), SAMPLE_RATE)

WITHOUT_SOUND = "recordings and typed words still work"

LISTEN_S = 1.0
"""How long the microphone is listened to, s."""

ECHO: dict[Echo, str] = {
    "half-duplex": "half-duplex: it does not listen while it speaks",
    "headphones": "headphones: it can be interrupted, and hears itself on loudspeakers",
    "cancel": "cancel: the echo canceller was loaded; it can be interrupted on loudspeakers",
}


def sound_findings(audio: AudioSettings) -> Iterator[Finding]:
    """Really open the microphone and the loudspeaker, where there are any."""
    found = check_sound()
    if audio.input_device or audio.output_device:
        yield tried("saved devices", lambda: _saved(audio))
    if found.has_microphone or audio.input_device:
        yield from _microphone(audio.input_device)
    else:
        yield Finding("microphone", "missing", f"{found.reason}; {WITHOUT_SOUND}")
    if found.has_loudspeaker or audio.output_device:
        yield tried("loudspeaker", lambda: _loudspeaker(audio.output_device))
    else:
        yield Finding("loudspeaker", "missing", f"{found.reason}; {WITHOUT_SOUND}")
    yield _echo(audio)


def _saved(audio: AudioSettings) -> str:
    """Return which devices the settings name; raises DeviceError if one is not there."""
    found = devices()
    sides: tuple[tuple[str, Side, str], ...] = (
        (audio.input_device, "input", "microphone"),
        (audio.output_device, "output", "loudspeaker"),
    )
    there = [
        f"{noun} {chosen(found, name, side).name!r} is there"
        if name
        else f"{noun}: the default"
        for name, side, noun in sides
    ]
    return ", ".join(there)


def _microphone(device: str) -> Iterator[Finding]:
    try:
        with Microphone(device) as microphone:
            n_chunks = round(LISTEN_S / CHUNK_S)
            samples = np.concatenate(list(itertools.islice(microphone.chunks(), n_chunks)))
    except DeviceError as error:
        yield Finding("microphone", "broken", str(error))
        return
    yield Finding("microphone", "fine", f"{device or 'the default one'} delivers sound")
    yield _level(samples)


def _level(samples: Samples) -> Finding:
    """Judge what was captured while nobody was asked to speak."""
    magnitudes = np.abs(samples)
    peak = float(magnitudes.max(initial=0.0))
    if peak == 0:
        return Finding("microphone level", "missing", ZEROS_REPORT)
    detail = f"{LISTEN_S:g} s of sound peaks at {20 * np.log10(peak):.0f} dB re full scale"
    if np.mean(magnitudes >= FULL_SCALE) >= CLIPPED_SHARE:
        return Finding("microphone level", "missing", f"{detail}: {CLIPPING_REPORT}")
    return Finding("microphone level", "fine", detail)


def _loudspeaker(device: str) -> str:
    with Loudspeaker(device) as loudspeaker:
        loudspeaker.play(SILENCE)
    return f"{device or 'the default one'} plays"


def _echo(audio: AudioSettings) -> Finding:
    """Really load the canceller, where it is chosen."""
    if audio.echo != "cancel":
        return Finding("echo", "fine", ECHO[audio.echo])
    try:
        with open_echo_canceller(audio):
            return Finding("echo", "fine", ECHO[audio.echo])
    except DeviceError as error:
        return Finding("echo", "missing", f"{error}; {ECHO['half-duplex']}")
