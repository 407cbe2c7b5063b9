"""What goes into a wheel besides the package: bundled plugins, models, recordings.

A hook, not ``force-include``, because that would copy them into an editable install
too, where the checkout's own files are meant and the copies would hide the package.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = {
    "plugins": "assistant/_bundled/plugins",
    "models": "assistant/_bundled/models",
    "examples/recordings": "assistant/_bundled/recordings",
}
"""Folder in the checkout to folder in the wheel; `assistant.bundled` looks there."""


class BundledFiles(BuildHookInterface):  # type: ignore[type-arg]  # no config class of ours
    """Adds the bundled files to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files unless the wheel is editable."""
        if version == "standard":
            build_data["force_include"].update(BUNDLED)
