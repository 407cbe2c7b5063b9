"""Which microphones and loudspeakers there are, asked in a child process that may hang."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from assistant.child import Child
from assistant.errors import ChildError, DeviceError
from assistant.portaudio_child import Side, choose
from assistant.pulse import SERVED, missing_microphone

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


def chosen(found: Sequence[Device], name: str, side: Side) -> Device:
    """Return the device that is opened for ``name``; empty is the system's default.

    Args:
        found: what `devices` returned.
        name: whole or in part, in any case.
        side: ``input`` for a microphone, ``output`` for a loudspeaker.

    Raises:
        DeviceError: no device or several fit; the message lists the names.
    """
    return found[choose([asdict(device) for device in found], name, side)]


def check_sound(environment: Mapping[str, str] | None = None) -> SoundCheck:
    """Return whether there are a microphone and a loudspeaker; never raises.

    It says what is there, not that it can be opened: another program may hold it.
    """
    try:
        found = devices(environment)
    except DeviceError as error:
        return SoundCheck(False, False, str(error))
    inputs = {each.name for each in found if each.n_inputs}
    if inputs <= SERVED and missing_microphone(
        os.environ if environment is None else environment
    ):
        inputs = set()
    has = {
        "microphone": bool(inputs),
        "loudspeaker": any(each.n_outputs for each in found),
    }
    missing = " and no ".join(noun for noun, is_there in has.items() if not is_there)
    return SoundCheck(
        has["microphone"], has["loudspeaker"], f"no {missing} found" if missing else ""
    )
