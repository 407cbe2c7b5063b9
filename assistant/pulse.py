"""The sound server, PulseAudio or PipeWire in its place, asked through ``pactl``."""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from assistant.errors import DeviceError

DEADLINE_S = 5.0
"""An answer takes about 20 ms; a server that needs longer hangs."""

SERVED = frozenset({"default", "pulse", "pipewire"})
"""PortAudio's devices that lead to the sound server, where there is one."""

MONITOR = ".monitor"
"""Ends the name of what a loudspeaker plays, offered as if it were a microphone."""

Kind = Literal["source", "sink"]


@dataclass(frozen=True)
class Node:
    """A source or a sink of the sound server."""

    name: str
    description: str
    """What a mixer shows."""
    properties: Mapping[str, str]


@dataclass(frozen=True)
class Module:
    """A module that the sound server has loaded."""

    index: int
    name: str
    argument: str


class Pulse:
    """The sound server. Each question is a process of its own; nothing stays open.

    What its methods raise: DeviceError if ``pactl`` is missing, or the server is not there,
    hangs or refuses.
    """

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Ask the server that ``environment`` leads to; None is our own."""
        given = os.environ if environment is None else environment
        # Numbers and errors as they are documented, names in whatever script.
        self._environment = {**given, "LC_ALL": "C.UTF-8"}

    def default(self, kind: Kind) -> str:
        """Return the name of the source or sink that is taken where none is named."""
        return self._asked(f"get-default-{kind}").strip()

    def nodes(self, kind: Kind) -> tuple[Node, ...]:
        """Return what there is of one kind; monitors are sources too."""
        try:
            found: list[dict[str, Any]] = json.loads(
                self._asked("--format=json", "list", f"{kind}s")
            )
            return tuple(
                Node(each["name"], each["description"], each["properties"]) for each in found
            )
        except (ValueError, KeyError, TypeError) as error:
            raise DeviceError(
                f"pactl is not understood ({error!r}); install pulseaudio-utils 16 or newer"
            ) from error

    def modules(self) -> tuple[Module, ...]:
        """Return the modules that are loaded."""
        # The JSON of pactl 16.1 lacks the index.
        rows = [
            line.split("\t") for line in self._asked("list", "short", "modules").splitlines()
        ]
        return tuple(Module(int(row[0]), row[1], row[2]) for row in rows if len(row) > 2)

    def load(self, module: str, *arguments: str) -> None:
        """Load a module; ``arguments`` such as ``sink_name=speaker``."""
        self._asked("load-module", module, *arguments)

    def unload(self, module: Module) -> None:
        """Unload a module."""
        self._asked("unload-module", str(module.index))

    def set_full_volume(self, kind: Kind, name: str) -> None:
        """Have a source or a sink change nothing of the level."""
        self._asked(f"set-{kind}-volume", name, "100%")

    def _asked(self, *arguments: str) -> str:
        try:
            answer = subprocess.run(
                ["pactl", *arguments],
                env=self._environment,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=DEADLINE_S,
            )
        except FileNotFoundError as error:
            raise DeviceError("pactl is missing; install pulseaudio-utils") from error
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DeviceError(f"the sound server cannot be asked ({error})") from error
        if answer.returncode:
            said = " ".join(answer.stderr.split()) or f"exit status {answer.returncode}"
            raise DeviceError(
                f"the sound server refused ({said}); is PulseAudio or PipeWire running?"
            )
        return answer.stdout


def missing_microphone(environment: Mapping[str, str]) -> str | None:
    """Return why the sound server has no microphone for us; None if it has, or is not there.

    When a microphone is unplugged, the server moves whoever listens to what there is: the
    loudspeakers' own sound, if nothing else. A source that ``PULSE_SOURCE`` names has to be
    there.
    """
    pulse = Pulse(environment)
    named = environment.get("PULSE_SOURCE")
    try:
        if not named:
            name = pulse.default("source")
            return f"all there is is {name}" if name.endswith(MONITOR) else None
        is_there = any(node.name == named for node in pulse.nodes("source"))
        return None if is_there else f"there is no source {named}"
    except DeviceError:
        return None  # no such server: whoever opens the device will see
