"""The ways in which a recording is heard in training: clean, and in disturbed copies."""

import hashlib
import json
from bisect import bisect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from assistant.audio import read_audio
from assistant.corpora.clips import Clip
from assistant.errors import AssistantError, TrainingError
from assistant.features import FeatureRecipe, Levels, at_level, clip_features, loud_part
from assistant.training.disturbing import (
    VERSION,
    Disturbance,
    DisturbingSettings,
    between_margins,
    drawn,
)
from assistant.values import Audio


@dataclass(frozen=True)
class Recording:
    """A recording's file and what is in it."""

    path: Path
    sha256: str
    """Of the file, hexadecimal."""

    @property
    def place(self) -> float:
        """Where it stands among all recordings there could be, 0 to 1."""
        return int(self.sha256[:13], 16) / 16**13


@dataclass(frozen=True)
class Rendition:
    """One way of hearing a recording."""

    recording: Recording
    recipe: FeatureRecipe
    disturbance: Disturbance | None = None
    """None for the recording as it is."""
    voices: tuple[Recording, ...] = ()
    """What babbles in it."""

    @property
    def name(self) -> str:
        """SHA-256 of all that its features follow from; statistics and windows do not."""
        recipe = self.recipe
        made_of = [self.recording.sha256, asdict(recipe.mel), recipe.trim_db, recipe.level_rms]
        made_of += [asdict(recipe.pitch)] if recipe.pitch else []
        if self.disturbance:
            made_of += [VERSION, asdict(self.disturbance), [v.sha256 for v in self.voices]]
        return hashlib.sha256(json.dumps(made_of).encode()).hexdigest()

    def features(self) -> Levels:
        """Return what `assistant.features.clip_features` makes of it.

        Raises:
            TrainingError: a recording cannot be used.
        """
        with self.mapped_errors():
            return clip_features(self.audio(), self.recipe)

    def audio(self) -> Audio:
        """Return the sound.

        Raises:
            AudioError: a recording cannot be read.
        """
        audio = read_audio(self.recording.path)
        if self.disturbance is None:
            return audio
        trim_db = self.recipe.trim_db
        voices = [
            between_margins(read_audio(voice.path), 0.0, 0.0, trim_db) for voice in self.voices
        ]
        return self.disturbance(audio, voices, trim_db)

    def undisturbed(self) -> Audio:
        """Return the speech alone, at its loudness for the network, where the features are.

        Room, noise and line are left away, but frame for frame it is what the features show.

        Raises:
            AudioError: a recording cannot be read.
        """
        audio = heard = self.audio()
        if self.disturbance is not None:
            recording = read_audio(self.recording.path)
            audio = self.disturbance.undisturbed(recording, self.recipe.trim_db)
        shown = loud_part(heard.samples.astype(np.float64), self.recipe)
        samples = at_level(audio.samples[shown].astype(np.float64), self.recipe.level_rms)
        return Audio(samples.astype(np.float32), audio.sample_rate)

    @contextmanager
    def mapped_errors(self) -> Iterator[None]:
        """Say of which recording no features can be had."""
        try:
            yield
        except AssistantError as error:
            raise TrainingError(
                f"no features of {self.recording.path} ({error}); take it out of the index"
            ) from error


def recordings(clips: Sequence[Clip]) -> list[Recording]:
    """Read the file of each clip, so that a changed one is noticed.

    Raises:
        TrainingError: one cannot be read.
    """
    found = []
    for clip in clips:
        try:
            sha256 = hashlib.sha256(clip.path.read_bytes()).hexdigest()
        except OSError as error:
            raise TrainingError(
                f"no features of {clip.path} ({error.strerror}); take it out of the index"
            ) from error
        found.append(Recording(clip.path, sha256))
    return found


def disturbed_copies(
    training: Sequence[Recording], recipe: FeatureRecipe, settings: DisturbingSettings
) -> list[Rendition]:
    """Return the copies of each recording, those of one after those of another.

    What is drawn for a copy follows from the recording and the settings alone; who babbles
    in it follows from the other recordings too, but taking one away changes only the copies
    it babbles in: so the folds of a cross-validation share nearly all copies.

    Args:
        training: Recordings that train, and that may babble.
        recipe: How features are made.
        settings: How much is disturbed.
    """
    ring = sorted({each.sha256: each for each in training}.values(), key=lambda r: r.place)
    places = [each.place for each in ring]
    copies = []
    for recording in training:
        for copy in range(settings.copies):
            rng = np.random.default_rng([int(recording.sha256, 16), settings.seed, copy])
            disturbance = drawn(settings, rng)
            voices = [ring[bisect(places, place) % len(ring)] for place in disturbance.voices]
            copies.append(Rendition(recording, recipe, disturbance, tuple(voices)))
    return copies
