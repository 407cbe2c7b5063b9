"""Changes the settings file; reading it is in `assistant.settings_reading`."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError
from assistant.folder_lock import locked
from assistant.settings_reading import checked, default_path, key_named, values_in
from assistant.whole_file import replacing


def change(name: str, changed: Callable[[Any], object], path: Path | None = None) -> None:
    """Change one setting in the file, keeping the others and the comments.

    Args:
        name: the setting's full name.
        changed: given the value that the file holds, or the default; returns the new one.
        path: the file; None for `default_path`. Two programs may change it at once.

    Raises:
        SettingsError: unknown key, unfit value, or the file cannot be read or written.
    """
    where = (path or default_path()).resolve()  # a link keeps pointing to the file
    key = key_named(name, str(where))
    try:
        where.parent.mkdir(parents=True, exist_ok=True)
        with locked(where.parent):
            values = values_in(where) if where.exists() else {}
            value = changed(values.get(name, key.default))
            checked(key, value, name)
            _write(where, name, value)
    except OSError as error:
        raise SettingsError(f"{where}: cannot be written: {error}") from error


def _write(path: Path, name: str, value: object) -> None:
    import tomlkit

    table, _, entry = name.partition(".")
    document = tomlkit.parse(path.read_text(encoding="utf-8") if path.exists() else "")
    document.setdefault(table, tomlkit.table())[entry] = value
    draft = path.with_suffix(".new")  # ours alone: the folder is locked
    with replacing(path, draft=draft) as file:
        if path.exists():
            shutil.copymode(path, draft)
        file.write(tomlkit.dumps(document).encode())
