"""Levels of clips, computed once for each recording's content and recipe, kept on disk."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from assistant.audio import read_audio
from assistant.corpora.clips import Clip
from assistant.errors import AssistantError, TrainingError
from assistant.features import FeatureRecipe, Levels, clip_levels


def cached_levels(
    clips: Sequence[Clip],
    recipe: FeatureRecipe,
    cache: Path,
    report: Callable[[int], None] = lambda done: None,
) -> list[Levels]:
    """Return the levels of each clip in dB, shape ``(n_frames, n_mels)``, in order.

    Args:
        clips: Recordings; each is read in any case, so that a changed one is noticed.
        recipe: How levels are made; its band statistics play no part.
        cache: Folder for the stored levels.
        report: Gets the number of clips done after each clip.

    Raises:
        TrainingError: a recording cannot be used, or the cache cannot be written.
    """
    salt = json.dumps(asdict(recipe.mel)) + f"{recipe.trim_db} {recipe.level_rms}"
    found = []
    for done, clip in enumerate(clips, start=1):
        found.append(_levels(clip, recipe, cache, salt.encode()))
        report(done)
    return found


def _levels(clip: Clip, recipe: FeatureRecipe, cache: Path, salt: bytes) -> Levels:
    try:
        name = hashlib.sha256(salt + clip.path.read_bytes()).hexdigest()
        stored = cache / "levels" / name[:2] / f"{name}.npy"
        if not stored.exists():
            stored.parent.mkdir(parents=True, exist_ok=True)
            unfinished = stored.with_suffix(".part")
            with unfinished.open("wb") as file:
                np.save(file, clip_levels(read_audio(clip.path), recipe).astype(np.float16))
            unfinished.replace(stored)
        return np.asarray(np.load(stored), dtype=np.float32)
    except (OSError, ValueError, AssistantError) as error:
        raise TrainingError(f"no levels of {clip.path}: {error}") from error
