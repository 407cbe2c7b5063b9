"""What a command needs that is not installed with the rest."""

from importlib import util

from assistant.errors import TrainingError


def check_installed(what: str, *modules: str) -> None:
    """Check that modules of the extra ``train`` can be imported.

    Args:
        what: Who needs them, as the subject of the message.
        modules: Their names.

    Raises:
        TrainingError: one cannot.
    """
    if lacking := [name for name in modules if util.find_spec(name) is None]:
        raise TrainingError(
            f"{what} needs {' and '.join(lacking)}: pip install 'tonewise[train]'"
        )
