"""Which microphones and loudspeakers there are, asked in a child process that may hang."""

from collections.abc import Mapping
from dataclasses import dataclass

from assistant.child import Child
from assistant.errors import ChildError, DeviceError

DEADLINE_S = 5.0
"""Listing takes well under a second; a sound system that needs longer hangs."""


@dataclass(frozen=True)
class Device:
    """A sound device, as PortAudio sees it. Its name is what the settings take."""

    name: str
    host_api: str
    """The system's sound interface, such as ``ALSA``."""
    n_inputs: int
    """Channels it can capture; 0 where it is no microphone."""
    n_outputs: int
    """Channels it can play; 0 where it is no loudspeaker."""
    sample_rate: int
    """Its default rate, Hz."""
    is_default_input: bool
    is_default_output: bool


@dataclass(frozen=True)
class SoundCheck:
    """Whether one can talk with this machine."""

    has_microphone: bool
    has_loudspeaker: bool
    reason: str
    """Why something is missing; empty where nothing is."""


def devices(environment: Mapping[str, str] | None = None) -> tuple[Device, ...]:
    """Return the devices that there are now; none at all is no error.

    Args:
        environment: the child's variables; None passes ours on.

    Raises:
        DeviceError: PyAudio is missing, or the sound system fails or hangs.
    """
    child = Child("assistant.portaudio_child", ["list"], environment)
    try:
        child.start()
        found = child.receive(DEADLINE_S)["devices"]
    except ChildError as error:
        raise DeviceError(
            f"sound devices cannot be listed ({error}); --debug shows why"
        ) from error
    finally:
        child.stop()
    return tuple(Device(**each) for each in found)


def check_sound(environment: Mapping[str, str] | None = None) -> SoundCheck:
    """Return whether there are a microphone and a loudspeaker; never raises.

    It says what is there, not that it can be opened: another program may hold it.
    """
    try:
        found = devices(environment)
    except DeviceError as error:
        return SoundCheck(False, False, str(error))
    has = {
        "microphone": any(each.n_inputs for each in found),
        "loudspeaker": any(each.n_outputs for each in found),
    }
    missing = " and no ".join(noun for noun, is_there in has.items() if not is_there)
    return SoundCheck(
        has["microphone"], has["loudspeaker"], f"no {missing} found" if missing else ""
    )
