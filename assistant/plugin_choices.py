"""Which plugins a person lets run, and which were switched off for their faults: a file."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import AssistantError, PluginError
from assistant.folder_lock import locked
from assistant.whole_file import replacing
from assistant.wire import from_plain, to_plain

SCHEMA_VERSION = 1
"""Version of the file's form that this code reads and writes."""


@dataclass(frozen=True)
class Choices:
    """What was chosen, by the names of plugins."""

    enabled: Mapping[str, str] = field(default_factory=dict)
    """Installed and own plugins that may run, each with its `Plugin.identity` at that time:
    code from elsewhere under the same name is asked about anew."""
    disabled: tuple[str, ...] = ()
    """Bundled plugins that may not."""
    faulty: Mapping[str, str] = field(default_factory=dict)
    """Plugins that were switched off, each with its last fault."""
    announced: tuple[str, ...] = ()
    """Identities of plugins that the person was told of."""
    hearing: tuple[str, ...] = ()
    """Plugins that may hear what is said, not only read it."""


@dataclass(frozen=True)
class ChoiceFile:
    """The file that keeps them; several programs may change it at once."""

    path: Path

    def read(self) -> Choices:
        """Return what it holds, or that nothing was chosen where there is none.

        Raises:
            PluginError: it cannot be read, is damaged or of another version.
        """
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return Choices()
        except OSError as error:
            raise PluginError(f"{self.path}: cannot be read: {error.strerror}") from error
        try:
            fields = json.loads(content)
            if fields.pop("schema_version") != SCHEMA_VERSION:
                raise AssistantError("another version")
            return from_plain(Choices, fields)
        # What a damaged file may lead to: no JSON, no object, no version, wrong fields.
        except (ValueError, AttributeError, KeyError, TypeError, AssistantError) as error:
            raise PluginError(
                f"{self.path}: is damaged; delete it and enable your plugins again"
            ) from error

    def change(self, changed: Callable[[Choices], Choices]) -> None:
        """Replace what it holds; written only where that is something else.

        Raises:
            PluginError: it cannot be read or written.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with locked(self.path.parent):
                before = self.read()
                after = changed(before)
                if after != before:
                    self._write(after)
        except OSError as error:
            raise PluginError(f"{self.path}: cannot be written: {error.strerror}") from error

    def _write(self, choices: Choices) -> None:
        fields = to_plain(choices)
        assert isinstance(fields, dict)  # of a dataclass
        text = json.dumps({"schema_version": SCHEMA_VERSION, **fields}, indent=2)
        with replacing(self.path, mode=0o600) as file:
            file.write(text.encode() + b"\n")
