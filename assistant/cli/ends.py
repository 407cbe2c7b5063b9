"""The two ends of a conversation by voice: the microphone and the loudspeaker."""

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from assistant.build import open_echo_canceller
from assistant.cli.notes import print_note
from assistant.echo_canceller import DEVICE, EchoCanceller
from assistant.errors import DeviceError
from assistant.loudspeaker import Loudspeaker
from assistant.microphone import Microphone
from assistant.settings import AudioSettings
from assistant.steady_microphone import SteadyMicrophone

RESIDUE_DB = -32.0
"""What the canceller leaves of a reply is quieter. eSpeak speaks at about -20 dB; where the
microphone hears the loudspeaker as loud as that, 16 to 32 dB are taken out, -36 dB at most are
left (`tests/test_echo_canceller.py`). Somebody at a microphone speaks at -30 dB or louder."""


@dataclass(frozen=True)
class Ends:
    """Which devices are opened, and how."""

    input_device: str
    output_device: str
    can_interrupt: bool
    """Whether nothing of a reply reaches the microphone, so that one may speak over it."""
    canceller: EchoCanceller | None = None

    @property
    def interrupting_db(self) -> float:
        """What is quieter does not interrupt; see `Ears`."""
        return -math.inf if self.canceller is None else RESIDUE_DB

    def microphone(self, on_gap: Callable[[], None]) -> SteadyMicrophone:
        """Return the microphone, not open yet; ``on_gap`` is called when it was lost."""
        return SteadyMicrophone(self._fresh_microphone, print_note, on_gap)

    def loudspeaker(self) -> Loudspeaker:
        """Return the loudspeaker, whose player is started."""
        environment: Mapping[str, str] | None = None
        if self.canceller is not None:
            environment = self.canceller.playback_environment
        return Loudspeaker(self.output_device, environment)

    def _fresh_microphone(self) -> Microphone:
        if self.canceller is None:
            return Microphone(self.input_device, print_note)
        self.canceller.load()  # the sound server drops it with the device
        return Microphone(self.input_device, print_note, self.canceller.capture_environment)


def steady_microphone(device: str) -> SteadyMicrophone:
    """Return a microphone where nothing is played beside it, not open yet."""
    return SteadyMicrophone(lambda: Microphone(device, print_note), print_note)


def open_ends(audio: AudioSettings, is_by_voice: bool, stack: ExitStack) -> Ends:
    """Return the ends that the settings choose; ``stack`` unloads an echo canceller."""
    if audio.echo == "cancel" and is_by_voice:
        try:
            canceller = stack.enter_context(open_echo_canceller(audio))
            return Ends(DEVICE, DEVICE, can_interrupt=True, canceller=canceller)
        except DeviceError as error:
            print_note(f"{error}; it does not listen while it speaks")
    can_interrupt = audio.echo == "headphones"
    return Ends(audio.input_device, audio.output_device, can_interrupt)
