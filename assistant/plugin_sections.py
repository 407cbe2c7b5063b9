"""The settings of plugins: tables of the settings file that only they understand."""

import math
from datetime import date, time
from pathlib import Path
from typing import Any

from assistant.settings_reading import default_path, read_file


def plugin_sections(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return the tables ``[plugins.NAME]`` by name.

    Dates and times are ISO 8601 text in them, and so is what is no number, such as ``nan``.
    Whether the entries are ones that the plugin knows, it tells itself.

    Raises:
        SettingsError: the file cannot be read.
    """
    where = path or default_path()
    table = read_file(where, must_exist=path is not None).get("plugins", {})
    entries = table.items() if isinstance(table, dict) else ()
    return {
        name: {key: _plain(value) for key, value in entry.items()}
        for name, entry in entries
        if isinstance(entry, dict)
    }


def _plain(entry: object) -> object:
    """Return an entry of TOML as JSON can hold it."""
    if isinstance(entry, dict):
        return {name: _plain(part) for name, part in entry.items()}
    if isinstance(entry, list):
        return [_plain(part) for part in entry]
    if isinstance(entry, date | time):
        return entry.isoformat()
    if isinstance(entry, float) and not math.isfinite(entry):
        return str(entry)  # which no number of a plugin's takes
    return entry
