"""The sound server's echo canceller: a microphone that does not hear our own loudspeaker."""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from assistant.errors import DeviceError
from assistant.pulse import MONITOR, SERVED, Kind, Module, Node, Pulse

DEVICE = "pulse"
"""PortAudio's device that goes where ``PULSE_SOURCE`` and ``PULSE_SINK`` point."""

MODULE = "module-echo-cancel"
PREFIXES: dict[Kind, str] = {
    "source": "tonewise_echo_cancelled_",
    "sink": "tonewise_echo_cancelling_",
}

ENGINE = (
    "aec_method=webrtc",
    # Gain control would turn the person's microphone down. It, the high-pass and the
    # suppression of noise change how a voice sounds, which is what is judged: without them,
    # speech with no echo passes as it is (correlation 0.999; with the high-pass 0.75).
    'aec_args="analog_gain_control=0 digital_gain_control=0 noise_suppression=0 '
    'high_pass_filter=0 extended_filter=1"',
    # So that the volume of our source is no volume of the person's microphone.
    "use_volume_sharing=0",
)

_NOUNS: dict[Kind, str] = {"source": "microphone", "sink": "loudspeaker"}
_CARD = re.compile(r"\(hw:(\d+),(\d+)\)")
_OWNER = re.compile(rf"source_name={PREFIXES['source']}(\d+_\d+)\b")


class EchoCanceller:
    """An echo canceller, loaded while used as a context manager; one in a process.

    Whoever opens `DEVICE` with `capture_environment` hears the microphone without what is
    played to `DEVICE` with `playback_environment`. What other programs play stays in it.
    """

    def __init__(
        self,
        input_device: str = "",
        output_device: str = "",
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the canceller; nothing is loaded yet.

        Args:
            input_device: the microphone, by PortAudio's name or the sound server's, or a part
                of either; empty for the system's default.
            output_device: the loudspeaker, likewise.
            environment: leads to the sound server; None is our own.
        """
        self._environment = os.environ if environment is None else environment
        self._pulse = Pulse(environment)
        self._chosen: dict[Kind, str] = {"source": input_device, "sink": output_device}
        self._owner = _identity(os.getpid())

    def __enter__(self) -> Self:
        self.load()
        return self

    def __exit__(self, *error: object) -> None:
        self.unload()

    @property
    def capture_environment(self) -> Mapping[str, str]:
        """Variables with which a process captures the microphone without the echo."""
        return {**self._environment, "PULSE_SOURCE": self._own("source")}

    @property
    def playback_environment(self) -> Mapping[str, str]:
        """Variables with which a process plays what is to be cancelled."""
        return {**self._environment, "PULSE_SINK": self._own("sink")}

    def load(self) -> None:
        """Load it, unless it is loaded and works. Unloads what a crash has left behind.

        The sound server drops it when its microphone or loudspeaker is unplugged: call this
        again before either is opened again.

        Raises:
            DeviceError: there is no sound server, no such module, or no such device.
        """
        for module, owner in self._loaded():
            if owner != self._owner and not _is_alive(owner):
                self._pulse.unload(module)
        if self._is_loaded():
            return
        sources, sinks = self._pulse.nodes("source"), self._pulse.nodes("sink")
        masters: dict[Kind, str] = {
            "source": self._master("source", sources),
            "sink": self._master("sink", sinks),
        }
        arguments = [f"{kind}_master={name}" for kind, name in masters.items()]
        arguments += [f"{kind}_name={self._own(kind)}" for kind in masters]
        try:
            self._pulse.load(MODULE, *ENGINE, *arguments)
        except DeviceError as error:
            raise DeviceError(
                f"there is no echo canceller ({error}); install pulseaudio or, for PipeWire, "
                f"libspa-0.2-modules"
            ) from error
        for kind in masters:
            self._pulse.set_full_volume(kind, self._own(kind))

    def unload(self) -> None:
        """Unload it; does nothing where the sound server has gone, or has dropped it."""
        try:
            for module, owner in self._loaded():
                if owner == self._owner:
                    self._pulse.unload(module)
        except DeviceError:
            pass  # it went with the server

    def _own(self, kind: Kind) -> str:
        return PREFIXES[kind] + self._owner

    def _loaded(self) -> list[tuple[Module, str]]:
        """Return each canceller of a Tonewise, and whose it is."""
        modules = [module for module in self._pulse.modules() if module.name == MODULE]
        owners = [(module, _OWNER.search(module.argument)) for module in modules]
        return [(module, owner[1]) for module, owner in owners if owner]

    def _is_loaded(self) -> bool:
        if all(owner != self._owner for _, owner in self._loaded()):
            return False
        return any(node.name == self._own("source") for node in self._pulse.nodes("source"))

    def _master(self, kind: Kind, nodes: Sequence[Node]) -> str:
        """Return the sound server's name of the device that was chosen."""
        real = [node for node in nodes if not node.name.startswith(tuple(PREFIXES.values()))]
        real = [node for node in real if not node.name.endswith(MONITOR)]
        chosen = self._chosen[kind]
        if chosen.casefold() in {"", *SERVED}:
            chosen = self._pulse.default(kind)
            masters = {node.name: node.properties.get("device.master_device") for node in nodes}
            if chosen.startswith(PREFIXES[kind]):  # of another Tonewise that runs
                chosen = masters.get(chosen) or chosen
            fits = [node for node in real if node.name == chosen]
        else:
            fits = _fitting(chosen, real)
        if len(fits) == 1:
            return fits[0].name
        names = ", ".join(node.description for node in real) or "none"
        raise DeviceError(
            f"the sound server has no {_NOUNS[kind]} {chosen!r} to cancel the echo of; "
            f"it has: {names}"
        )


def _fitting(chosen: str, nodes: Sequence[Node]) -> list[Node]:
    """Return the nodes of that card, or of that name, or with that part in their name."""
    if card := _CARD.search(chosen):
        return [
            node
            for node in nodes
            if (node.properties.get("alsa.card"), node.properties.get("alsa.device"))
            == card.groups()
        ]
    wanted = chosen.casefold()
    exact = [
        node for node in nodes if wanted in (node.name.casefold(), node.description.casefold())
    ]
    return exact or [
        node for node in nodes if wanted in f"{node.name}\n{node.description}".casefold()
    ]


def _identity(pid: int) -> str:
    """Return what tells a process from a later one of the same number, or ``PID_0``."""
    try:
        # The name, in brackets, may hold anything; the start is the 22nd field, proc(5).
        fields = (
            Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
        )
        return f"{pid}_{fields[19]}"
    except OSError:
        return f"{pid}_0"


def _is_alive(owner: str) -> bool:
    return _identity(int(owner.partition("_")[0])) == owner
