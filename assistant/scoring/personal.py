"""What knowing a voice is worth: scores with its profile against scores without.

Conventions: scores are of the answers to all speakers together. Clips come with what the
model said of them, once; ``n`` counts answers, and a clip is answered once for each choice
of what the profile is made of.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from math import comb
from statistics import fmean
from typing import Any, NamedTuple, Self

import numpy as np

from assistant.corpora.clips import Clip
from assistant.emotion import ClipLogits
from assistant.errors import TrainingError
from assistant.profiles import MAX_CORRECTIONS, Correction, VoiceProfile
from assistant.scoring.calibrate import NEUTRAL
from assistant.scoring.kept_logits import Judges
from assistant.scoring.metrics import Indices, unweighted_average_recall
from assistant.values import EMOTIONS

MOST_CHOICES = 20
"""Choices of neutral clips that are tried for a speaker; of more, these many are drawn."""

N_DRAWS = 10
"""Draws of clips to correct, for each speaker."""

_THEN = datetime(1970, 1, 1, tzinfo=UTC)  # a correction is dated; no score depends on it


@dataclass(frozen=True)
class Gain:
    """UAR on the same clips with and without something known of the voice, each 0 to 1."""

    n: int
    """Answers that were scored, each with and without."""
    uar: float
    """With it."""
    uar_without: float


@dataclass(frozen=True)
class Gains:
    """What was measured, by how many clips the profile was made of."""

    enrolled: Mapping[int, Gain]
    corrected: Mapping[int, Gain]

    def __bool__(self) -> bool:
        """Whether anything was measured."""
        return bool(self.enrolled or self.corrected)

    @classmethod
    def mean(cls, measured: Sequence["Gains"]) -> Self:
        """Return the mean of several measurements; ``n`` is their sum."""

        def means(found: Sequence[Mapping[int, Gain]]) -> dict[int, Gain]:
            numbers = dict.fromkeys(number for each in found for number in each)
            gains = {n: [each[n] for each in found if n in each] for n in numbers}
            return {
                n: Gain(
                    sum(gain.n for gain in each),
                    fmean(gain.uar for gain in each),
                    fmean(gain.uar_without for gain in each),
                )
                for n, each in gains.items()
            }

        return cls(
            means([each.enrolled for each in measured]),
            means([each.corrected for each in measured]),
        )

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> Self:
        """Return what `to_json` returned."""

        def gains(name: str) -> dict[int, Gain]:
            return {
                int(number): Gain(gain["n"], gain["uar"], gain[f"uar_not_{name}"])
                for number, gain in fields.get(name, {}).items()
            }

        return cls(gains("enrolled"), gains("corrected"))

    def to_json(self) -> dict[str, Any]:
        """Return what was measured as plain values, shares to four places."""
        return {
            name: {str(n): _fields(gain, f"uar_not_{name}") for n, gain in gains.items()}
            for name, gains in (("enrolled", self.enrolled), ("corrected", self.corrected))
            if gains
        }


def personal_gains(
    clips: Sequence[Clip],
    heard: Sequence[ClipLogits],
    classifier: Judges,
    enrolled: Sequence[int] = (),
    corrected: Sequence[int] = (),
) -> Gains:
    """Return `enrolled_gain` and `corrected_gain` for each of some numbers of clips.

    Raises:
        ProfileError: the model cannot be enrolled with.
        TrainingError: no speaker has enough clips, or a profile holds fewer corrections.
    """
    given = (clips, heard, classifier)
    return Gains(
        {n: enrolled_gain(*given, n) for n in enrolled},
        {n: corrected_gain(*given, n) for n in corrected},
    )


class Numbers(NamedTuple):
    """Of clips that profiles are made of."""

    enrolled: tuple[int, ...]
    corrected: tuple[int, ...]


def enough_for(
    clips: Sequence[Clip], enrolled: Sequence[int], corrected: Sequence[int]
) -> Numbers:
    """Return those numbers that a speaker has clips enough for, one to be scored beside."""
    labels = [[clips[place].label for place in own] for _, own in _by_speaker(clips)]
    most_neutral = max((own.count(NEUTRAL) for own in labels), default=0)
    most = max(map(len, labels), default=0)
    return Numbers(
        tuple(n for n in enrolled if n < most_neutral),
        tuple(n for n in corrected if n < most),
    )


def refuse_too_few(
    clips: Sequence[Clip], enrolled: Sequence[int] = (), corrected: Sequence[int] = ()
) -> None:
    """Make sure that `personal_gains` can be measured, before the clips are heard.

    Raises:
        TrainingError: no speaker has enough clips, or a profile holds fewer corrections.
    """
    enough = enough_for(clips, enrolled, corrected)
    for n in enrolled:
        if n not in enough.enrolled:
            raise TrainingError(
                f"no speaker has more than {n} neutral clips; enrolment with so many cannot "
                "be scored"
            )
    for n in corrected:
        if n > MAX_CORRECTIONS:
            raise TrainingError(
                f"a profile keeps {MAX_CORRECTIONS} corrections, so {n} cannot be scored"
            )
        if n not in enough.corrected:
            raise TrainingError(
                f"no speaker has more than {n} clips; so many corrections cannot be scored"
            )


def enrolled_gain(
    clips: Sequence[Clip], heard: Sequence[ClipLogits], classifier: Judges, n_sentences: int
) -> Gain:
    """Return what enrolling each speaker with some neutral clips does to the other clips.

    Every choice of a speaker's neutral clips is tried, or `MOST_CHOICES` drawn ones, the
    same whichever speakers are scored beside; the answers of all choices and speakers are
    pooled. Speakers without a neutral clip to spare take no part.

    Args:
        clips: Of known speakers.
        heard: What the model says of each.
        classifier: What judges it; see `EmotionClassifier.judge`.
        n_sentences: Neutral clips to enrol with, from 1.

    Raises:
        ProfileError: the model cannot be enrolled with.
        TrainingError: no speaker has more neutral clips than that.
    """
    refuse_too_few(clips, enrolled=(n_sentences,))
    means = np.array([each.mean for each in heard])
    pairs = []
    for speaker, own in _by_speaker(clips):
        neutral = [place for place in own if clips[place].label == NEUTRAL]
        if len(neutral) <= n_sentences:
            continue
        for chosen in _choices(neutral, n_sentences, _generator(speaker)):
            logits = tuple(means[list(chosen)].mean(axis=0).tolist())
            profile = VoiceProfile("enrolled", logits, classifier.sha256)
            pairs.append((profile, [place for place in own if place not in chosen]))
    return _gain(clips, heard, classifier, pairs)


def corrected_gain(
    clips: Sequence[Clip], heard: Sequence[ClipLogits], classifier: Judges, n_corrections: int
) -> Gain:
    """Return what correcting some of a speaker's clips does to the speaker's other clips.

    Clips are drawn at random, rightly and wrongly heard ones, `N_DRAWS` times for each
    speaker, and each is corrected to its true label; the answers of all draws and speakers
    are pooled. Speakers with no clip beside take no part.

    Args:
        clips: Of known speakers.
        heard: What the model says of each.
        classifier: What judges it; see `EmotionClassifier.judge`.
        n_corrections: Clips to correct, 1 to `MAX_CORRECTIONS`.

    Raises:
        TrainingError: no speaker has more clips than that, or a profile holds fewer
            corrections.
    """
    refuse_too_few(clips, corrected=(n_corrections,))
    corrections = [
        Correction.of(classifier.judge(logits), EMOTIONS[clip.label], _THEN)
        for clip, logits in zip(clips, heard, strict=True)
    ]
    pairs = []
    for speaker, own in _by_speaker(clips):
        if len(own) <= n_corrections:
            continue
        rng = _generator(speaker)
        for _ in range(N_DRAWS):
            drawn = set(rng.choice(own, n_corrections, replace=False).tolist())
            profile = VoiceProfile("corrected").with_corrections(
                *(corrections[place] for place in sorted(drawn))
            )
            pairs.append((profile, [place for place in own if place not in drawn]))
    return _gain(clips, heard, classifier, pairs)


def _fields(gain: Gain, without: str) -> dict[str, float | int]:
    return {"uar": round(gain.uar, 4), without: round(gain.uar_without, 4), "n": gain.n}


def _gain(
    clips: Sequence[Clip],
    heard: Sequence[ClipLogits],
    classifier: Judges,
    pairs: Sequence[tuple[VoiceProfile, Sequence[int]]],
) -> Gain:
    """Score each profile on the clips beside it, and the same clips without a profile."""
    without = _called(heard, classifier)
    places = np.concatenate([rest for _, rest in pairs])
    prediction = np.concatenate(
        [_called([heard[place] for place in rest], classifier, who) for who, rest in pairs]
    )
    truth = np.array([clip.label for clip in clips])[places]
    return Gain(
        len(places),
        unweighted_average_recall(truth, prediction, len(EMOTIONS)),
        unweighted_average_recall(truth, without[places], len(EMOTIONS)),
    )


def _called(
    heard: Sequence[ClipLogits], classifier: Judges, profile: VoiceProfile | None = None
) -> Indices:
    estimates = [classifier.judge(logits, profile).estimate for logits in heard]
    return np.array([EMOTIONS.index(estimate.label) for estimate in estimates])


def _by_speaker(clips: Sequence[Clip]) -> list[tuple[str, list[int]]]:
    """Return each speaker with the places of the speaker's clips, as they come."""
    found: dict[str, list[int]] = {}
    for place, clip in enumerate(clips):
        if clip.speaker:
            found.setdefault(clip.speaker, []).append(place)
    return list(found.items())


def _choices(
    places: Sequence[int], n: int, rng: np.random.Generator
) -> Iterator[tuple[int, ...]]:
    """Yield every choice of ``n`` places, or `MOST_CHOICES` different ones."""
    if comb(len(places), n) <= MOST_CHOICES:
        yield from combinations(places, n)
        return
    drawn: set[tuple[int, ...]] = set()
    while len(drawn) < MOST_CHOICES:
        drawn.add(tuple(sorted(rng.choice(places, n, replace=False).tolist())))
    yield from sorted(drawn)


def _generator(speaker: str) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(speaker.encode(errors="replace")))
