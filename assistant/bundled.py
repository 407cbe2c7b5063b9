"""Where the files lie that come with the assistant but are not its code.

A wheel carries them inside the package, in ``assistant/_bundled``; a checkout, and so
an editable install, keeps them beside it. The build hook ``hatch_build.py`` copies
from the one place to the other.
"""

from pathlib import Path
from typing import Literal

from assistant.errors import AssistantError, AudioError, ModelError, PluginError

Name = Literal["plugins", "models", "recordings"]

PACKAGE = Path(__file__).resolve().parent

IN_CHECKOUT: dict[Name, str] = {
    "plugins": "plugins",
    "models": "models",
    "recordings": "examples/recordings",
}
"""Folder of each kind of file, relative to the repository's root."""

ERRORS: dict[Name, type[AssistantError]] = {
    "plugins": PluginError,
    "models": ModelError,
    "recordings": AudioError,
}


def bundled(name: Name, package: Path = PACKAGE) -> Path:
    """Return the folder that holds the bundled files of that name.

    ``package`` is the folder of the package that is asked about.

    Raises:
        PluginError: the plugins are missing.
        ModelError: the models are missing.
        AudioError: the recordings are missing.
    """
    installed = package / "_bundled" / name
    folder = installed if installed.parent.is_dir() else package.parent / IN_CHECKOUT[name]
    if not folder.is_dir():
        raise ERRORS[name](
            f"bundled {name} missing: no folder {folder}; install Tonewise again"
        )
    return folder
