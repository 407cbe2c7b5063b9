"""What a plugin keeps: a small file of its own, which outlives the program."""

import json
import reprlib
import sys
from collections.abc import Iterator, MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from assistant.errors import PluginError
from assistant.whole_file import put_aside, replacing

MAX_BYTES = 1_000_000
"""What keeps more has a file of its own choice."""


class Store(MutableMapping[str, Any]):
    """Names to whatever JSON can hold; written whole whenever an entry is set or deleted.

    A list or dict that was taken from it is changed in the file only when it is set again.
    The file is its owner's alone (mode 0600). A damaged one is put aside, as
    NAME.json.damaged, and that is logged.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Name the file, which is read when first needed; None keeps all in memory."""
        self._path = path
        self._entries: dict[str, Any] | None = None

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - whatever JSON can hold
        # A copy: what is not set is not kept, and that shows at once.
        return json.loads(json.dumps(self._read()[key]))

    def __setitem__(self, key: str, value: Any) -> None:  # noqa: ANN401 - the same
        """Keep a value.

        Raises:
            PluginError: the key is no text, JSON cannot hold the value, the store would grow
                over `MAX_BYTES`, or the file cannot be written; it is as it was then.
        """
        if not isinstance(key, str):  # JSON would make text of it
            raise PluginError(f"a key of the store must be a str, got {reprlib.repr(key)}")
        self._write({**self._read(), key: value}, key)

    def __delitem__(self, key: str) -> None:
        entries = dict(self._read())
        del entries[key]
        self._write(entries, key)

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> dict[str, Any]:
        if self._entries is None:
            self._entries = self._content(self._path) if self._path else {}
        return self._entries

    def _content(self, path: Path) -> dict[str, Any]:
        try:
            entries = json.loads(path.read_bytes())
            if isinstance(entries, dict):
                return entries
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise PluginError(f"{path}: cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError):
            pass  # it is damaged
        with suppress(OSError):
            print(f"{path} is damaged; it is kept as {put_aside(path)}", file=sys.stderr)
        return {}

    def _write(self, entries: dict[str, Any], changed: str) -> None:
        try:
            content = json.dumps(entries, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            key = reprlib.repr(changed)
            raise PluginError(f"the store cannot keep this as {key}: {error}") from error
        if len(content) > MAX_BYTES:
            key = reprlib.repr(changed)
            raise PluginError(
                f"with {key} the store would hold {len(content)} bytes, over {MAX_BYTES}"
            )
        if self._path:
            try:
                with replacing(self._path, mode=0o600, durable=False) as file:
                    file.write(content)
            except OSError as error:
                raise PluginError(
                    f"{self._path}: cannot be written: {error.strerror}"
                ) from error
        self._entries = json.loads(content)
