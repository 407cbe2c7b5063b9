"""The two ends of a conversation: the microphone and where replies go."""

import math
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from assistant.build import open_echo_canceller, open_synthesizer
from assistant.cli.notes import print_note
from assistant.devices import SoundCheck
from assistant.echo_canceller import DEVICE, EchoCanceller
from assistant.errors import AudioError, DeviceError
from assistant.loudspeaker import Loudspeaker
from assistant.microphone import Microphone
from assistant.settings import AudioSettings, Settings
from assistant.stages import Speaks
from assistant.steady_microphone import SteadyMicrophone
from assistant.voice import Mute, Voice

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


def open_voice(
    replies: Path | None,
    settings: Settings,
    ends: Ends,
    checked_sound: Callable[[], SoundCheck],
    stack: ExitStack,
) -> Speaks:
    """Return what speaks: into a folder, the loudspeaker, or nowhere but the screen.

    Args:
        replies: the folder; None for none.
        settings: which voice.
        ends: which loudspeaker.
        checked_sound: looks for a loudspeaker, where none is named.
        stack: closes what is opened.

    Raises:
        AudioError: the folder cannot be made.
    """
    if replies is not None:
        return Voice(stack.enter_context(open_synthesizer(settings)), _folder(replies))
    if not ends.output_device and not checked_sound().has_loudspeaker:
        print_note("no loudspeaker; replies are shown and not spoken")
        return Mute()
    loudspeaker = stack.enter_context(ends.loudspeaker())
    return Voice(stack.enter_context(open_synthesizer(settings)), loudspeaker)


def _folder(path: Path) -> Path:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise AudioError(f"{path}: cannot make this folder: {error.strerror}") from error
    return path
