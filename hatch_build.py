"""What goes into a wheel besides the package: bundled plugins, models, recordings.

A hook, not ``force-include``, because that would copy them into an editable install
too, where the checkout's own files are meant and the copies would hide the package.
"""

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = {
    "plugins": "assistant/_bundled/plugins",
    "models/emotion.tflite": "assistant/_bundled/models/emotion.tflite",
    "models/emotion.json": "assistant/_bundled/models/emotion.json",
    "models/README.md": "assistant/_bundled/models/README.md",
    "models/LICENSE": "assistant/_bundled/models/LICENSE",
    "examples/recordings": "assistant/_bundled/recordings",
}
"""Where it is in the checkout, where in the wheel; `assistant.bundled` looks there.

The results and pictures behind the model card stay outside.
"""


class BundledFiles(BuildHookInterface):  # type: ignore[type-arg]  # no config class of ours
    """Adds the bundled files to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the files unless the wheel is editable."""
        if version == "standard":
            build_data["force_include"].update(BUNDLED)
