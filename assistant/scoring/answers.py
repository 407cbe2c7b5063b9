"""What a classifier says of labelled recordings: from clips to `Answers`."""

import zlib
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from assistant.audio import MAX_FILE_S, read_audio
from assistant.corpora.clips import Clip, read_clips
from assistant.errors import AudioError, CorpusError
from assistant.scoring.confidence import Truths
from assistant.scoring.disturbances import Disturbances
from assistant.scoring.metrics import Indices, Shares
from assistant.values import EMOTIONS, Audio, EmotionEstimate


class Classifies(Protocol):
    """A classifier, such as `assistant.emotion.EmotionClassifier`."""

    def classify(self, audio: Audio) -> EmotionEstimate:
        """Return the probability of each emotion."""
        ...


@dataclass(frozen=True, eq=False)
class Answers:
    """What was acted in each clip, and what the classifier made of it."""

    truth: Indices
    """Index in `EMOTIONS` of what was acted, shape ``(n_clips,)``."""
    probabilities: Shares
    """Of each emotion, shape ``(n_clips, 8)``."""
    certain: Truths | None = None
    """Whether each label counts as certain, ``(n_clips,)``; None if uncalibrated."""
    skipped: tuple[str, ...] = ()
    """For each recording that could not be used: its path and why."""
    clips: tuple[Clip, ...] = ()
    """Those that were answered, in the order of the others; empty where none is known."""

    @property
    def prediction(self) -> Indices:
        """Index of the likeliest emotion, shape ``(n_clips,)``."""
        return np.asarray(self.probabilities.argmax(axis=1))

    @property
    def confidence(self) -> Shares:
        """Probability of the likeliest emotion, 0 to 1, shape ``(n_clips,)``."""
        return np.asarray(self.probabilities.max(axis=1))

    @property
    def correct(self) -> Truths:
        """Whether the likeliest emotion was acted, shape ``(n_clips,)``."""
        return np.asarray(self.prediction == self.truth)


def select_clips(
    index: Path,
    corpora: Collection[str] | None = None,
    speakers: Collection[str] | None = None,
) -> tuple[Clip, ...]:
    """Return the clips of an index that are asked for, in its order.

    Args:
        index: See `assistant.corpora.clips.read_clips`.
        corpora: Values of the column corpus to keep; None keeps all.
        speakers: Values of the column speaker to keep; None keeps all.

    Raises:
        CorpusError: the index cannot be used, has no such corpus or speaker, or no clips.
    """
    clips = read_clips(index, corpora)
    found = {clip.speaker for clip in clips}
    if absent := sorted(set(speakers or ()) - found):
        named = sorted(found - {""})
        has = f"it has {_listed(named)}" if named else "it names no speakers"
        raise CorpusError(f"{index} has no clips of {', '.join(absent)} to score; {has}")
    chosen = tuple(clip for clip in clips if speakers is None or clip.speaker in speakers)
    if not chosen:
        raise CorpusError(
            f"{index} has no recordings with an emotion; there is nothing to score"
        )
    return chosen


def classify_clips(
    clips: Sequence[Clip],
    classifier: Classifies,
    disturbances: Disturbances = Disturbances(),
    max_file_s: float = MAX_FILE_S,
    report: Callable[[int], None] = lambda done: None,
) -> Answers:
    """Read each clip, disturb it, and ask the classifier.

    A recording that cannot be used is skipped and named in the answers: one damaged file
    among thousands costs itself alone.

    Args:
        clips: Labelled recordings.
        classifier: What is to be scored.
        disturbances: Done to each clip; what they draw depends on the name of the clip's
            file alone, so that it is the same in every selection.
        max_file_s: A longer recording is skipped, s.
        report: Gets the number of clips done after each clip.

    Raises:
        CorpusError: no recording could be used, or a noise cannot.
        ModelError: the classifier failed.
    """
    used, estimates, skipped = [], [], []
    for done, clip in enumerate(clips, start=1):
        try:
            audio = read_audio(clip.path, max_file_s)
        except AudioError as error:
            skipped.append(str(error))
        else:
            rng = np.random.default_rng(zlib.crc32(clip.path.name.encode(errors="replace")))
            estimates.append(classifier.classify(disturbances(audio, rng)))
            used.append(clip)
        report(done)
    if not estimates:
        raise CorpusError(
            f"none of {len(clips)} recordings can be used; the first: {skipped[0]}"
        )
    certain = [estimate.certain for estimate in estimates]
    return Answers(
        np.array([clip.label for clip in used]),
        np.array([[e.probabilities[label] for label in EMOTIONS] for e in estimates]),
        None if None in certain else np.array(certain, dtype=bool),
        tuple(skipped),
        tuple(used),
    )


def _listed(names: Sequence[str], most: int = 12) -> str:
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + rest
