"""Folders that are to take files after hours of work."""

import tempfile
from pathlib import Path

from assistant.errors import TrainingError


def check_takes_files(folder: Path, advice: str) -> None:
    """Make a folder, and check that it takes a file.

    Args:
        folder: The one that will be written to at the end.
        advice: What to do where it takes none.

    Raises:
        TrainingError: it does not.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise TrainingError(
            f"{folder} cannot be written ({error.strerror}); {advice}"
        ) from error
