"""By what a killed training run is known again."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from assistant.corpora.clips import Clip
from assistant.features import FeatureRecipe
from assistant.training import disturbing, encoded, network, speech_encoder
from assistant.training.options import TrainingRecipe, TrainOptions
from assistant.training.renditions import Recording

VERSIONS = {
    "network": network.VERSION,
    "encoder_blocks": speech_encoder.N_BLOCKS,
    "encoded": encoded.VERSION,
    "disturbing": disturbing.VERSION,
}
"""What a run's files follow from though nobody chooses it."""


def run_name(
    settings: Mapping[str, Any],
    clips: Sequence[Clip],
    recordings: Sequence[Recording],
    recipe: FeatureRecipe,
    versions: Mapping[str, int] = VERSIONS,
) -> str:
    """Return the name by which a killed run is known again, 16 hexadecimal digits.

    Where the recordings lie plays no part; what is in them does.

    Args:
        settings: What was chosen for the run, as plain values.
        clips: The clips that train and validate, in their order.
        recordings: Their files.
        recipe: The features.
        versions: What the files follow from though nobody chooses it.
    """
    heard = [
        (file.sha256, clip.corpus, clip.speaker, clip.label)
        for clip, file in zip(clips, recordings, strict=True)
    ]
    text = json.dumps([settings, dict(versions), heard, asdict(recipe)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain_settings(
    options: TrainOptions, made: TrainingRecipe, training: Sequence[Clip]
) -> dict[str, Any]:
    """Return what was chosen for the model, for its description and for `run_name`.

    Args:
        options: The person's choice.
        made: How the model is made; its features are described by themselves.
        training: The clips that train.
    """
    return {
        "corpora": sorted({clip.corpus for clip in training}),
        "held_out_actors": list(options.held_out_actors),
        "held_out_speakers": list(options.held_out_speakers),
        "validation_actors": list(options.validation_actors),
        "epochs": options.epochs,
        "seed": options.seed,
        "network": made.network,
        "teacher": asdict(made.teacher) if made.teacher else None,
        "schedule": asdict(made.schedule),
        "batches": asdict(made.batches),
        "disturbing": asdict(made.disturbing),
    }
