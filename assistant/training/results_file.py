"""The JSON file that keeps the results of a cross-validation."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.training.results import FoldResult, Results
from assistant.whole_file import replacing

LINE_WIDTH = 220
"""What fits on a line of the file stays on one: a clip with its probabilities does."""


def read_results(path: Path) -> Results:
    """Return the results in a file.

    Raises:
        TrainingError: it cannot be read or holds something else.
    """
    try:
        fields = json.loads(path.read_bytes())
        named = {name: fields[name] for name in ("protocol", "n_folds", "system", "settings")}
        return Results(**named, folds=tuple(_fold(fold) for fold in fields["folds"]))
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, TypeError, LookupError, RecursionError) as error:
        raise TrainingError(
            f"{path} holds no results of tonewise crossval; give another file, or delete it"
        ) from error


def write_results(path: Path, results: Results) -> None:
    """Write the file anew; it is whole or as it was, never half.

    Raises:
        TrainingError: it cannot be written.
    """
    fields = plain(asdict(results))
    for fold in fields["folds"]:
        for name in [name for name, value in fold.items() if value is None]:
            del fold[name]
    try:
        with replacing(path) as file:
            file.write(f"{_laid_out(fields | {'summary': results.summary()})}\n".encode())
    except OSError as error:
        raise TrainingError(f"{path} cannot be written ({error.strerror})") from error


def plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return values as a file gives them back: tuples become lists."""
    values: dict[str, Any] = json.loads(json.dumps(fields, allow_nan=False))
    return values


def clips_digest(clips: Sequence[Clip]) -> str:
    """Return 16 hexadecimal digits that change with the clips' names, speakers or labels.

    Neither the order of the index nor the folder or format of the recordings changes them.
    """
    rows = sorted((clip.corpus, clip.path.stem, clip.speaker, clip.label) for clip in clips)
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()[:16]


def _fold(fields: Mapping[str, Any]) -> FoldResult:
    texts = {name: tuple(fields[name]) for name in ("test_speakers", "clips")}
    return FoldResult(**{**fields, **texts})


def _laid_out(value: Any, indent: str = "") -> str:  # noqa: ANN401 - any JSON
    """Return JSON whose parts stay on one line where they fit, so that versions compare."""
    line = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or len(indent) + len(line) <= LINE_WIDTH:
        return line
    inner = indent + " "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_laid_out(part, inner)}" for key, part in value.items()]
    else:
        parts = [_laid_out(part, inner) for part in value]
    opening, closing = ("{", "}") if isinstance(value, dict) else ("[", "]")
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closing}"
