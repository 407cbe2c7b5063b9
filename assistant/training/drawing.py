"""Which clips a batch is drawn from: so many of the main corpus, the rest of all others."""

from collections import Counter
from collections.abc import Sequence
from copy import copy
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.corpora.clips import Clip


class ClipDraw:
    """Draws clips by their places among all that train."""

    def __init__(
        self,
        clips: Sequence[Clip],
        main_corpus: str,
        main_share: float,
        emotions_alike: bool = True,
    ) -> None:
        """Take the clips that train.

        Args:
            clips: All of them.
            main_corpus: The corpus that has every emotion.
            main_share: Share of a draw from it, 0 to 1; where it or all others are lacking,
                this plays no part.
            emotions_alike: Draw each emotion of a corpus as often as another of the same
                corpus; if not, draw each clip as often as another.
        """
        is_main = np.array([clip.corpus == main_corpus for clip in clips])
        self._main, self._others = np.flatnonzero(is_main), np.flatnonzero(~is_main)
        self._share = main_share
        self._weights = _emotion_weights(clips) if emotions_alike else np.ones(len(clips))

    def among(self, places: npt.NDArray[np.int64]) -> Self:
        """Return what draws from the clips at some places alone."""
        drawing = copy(self)
        drawing._main = np.intersect1d(self._main, places)
        drawing._others = np.intersect1d(self._others, places)
        return drawing

    def __call__(self, n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """Draw ``n`` clips, those of the main corpus first."""
        if not (self._main.size and self._others.size):
            return self._drawn(np.concatenate([self._main, self._others]), n, rng)
        n_main = round(n * self._share)
        return np.concatenate(
            [self._drawn(self._main, n_main, rng), self._drawn(self._others, n - n_main, rng)]
        )

    def _drawn(
        self, places: npt.NDArray[np.int64], n: int, rng: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        weights = self._weights[places]
        return rng.choice(places, n, p=weights / weights.sum())


def _emotion_weights(clips: Sequence[Clip]) -> npt.NDArray[np.float64]:
    """Return weights that are alike for the emotions of a corpus and sum to its clips."""
    of_emotion = Counter((clip.corpus, clip.label) for clip in clips)
    of_corpus = Counter(clip.corpus for clip in clips)
    n_emotions = Counter(corpus for corpus, _ in of_emotion)
    return np.array(
        [
            of_corpus[clip.corpus]
            / (n_emotions[clip.corpus] * of_emotion[clip.corpus, clip.label])
            for clip in clips
        ]
    )
