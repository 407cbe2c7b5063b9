"""The settings of plugins: tables of the settings file that only they understand."""

import json
from pathlib import Path
from typing import Any

from assistant.errors import SettingsError
from assistant.settings_reading import default_path, read_file


def plugin_sections(path: Path | None = None) -> dict[str, dict[str, Any]]:
    """Return the tables ``[plugins.NAME]`` by name.

    Whether the entries are ones that the plugin knows, it tells itself.

    Raises:
        SettingsError: the file cannot be read, or an entry is nothing that a plugin takes.
    """
    where = path or default_path()
    table = read_file(where, must_exist=path is not None).get("plugins", {})
    entries = table.items() if isinstance(table, dict) else ()
    sections = {name: entry for name, entry in entries if isinstance(entry, dict)}
    for name, section in sections.items():
        try:
            json.dumps(section, allow_nan=False)
        except (TypeError, ValueError) as error:
            raise SettingsError(
                f"{where}: plugins.{name}: a plugin takes text, numbers, true, false, lists "
                f"and tables ({error})"
            ) from error
    return sections
