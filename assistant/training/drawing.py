"""Which clips a batch is drawn from: so many of the main corpus, the rest of all others."""

from collections.abc import Sequence
from copy import copy
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.corpora.clips import Clip


class ClipDraw:
    """Draws clips by their places among all that train."""

    def __init__(self, clips: Sequence[Clip], main_corpus: str, main_share: float) -> None:
        """Take the clips that train.

        Args:
            clips: All of them.
            main_corpus: The corpus that has every emotion.
            main_share: Share of a draw from it, 0 to 1; where it or all others are lacking,
                clips are drawn alike.
        """
        is_main = np.array([clip.corpus == main_corpus for clip in clips])
        self._main, self._others = np.flatnonzero(is_main), np.flatnonzero(~is_main)
        self._share = main_share

    def among(self, places: npt.NDArray[np.int64]) -> Self:
        """Return what draws from the clips at some places alone."""
        drawing = copy(self)
        drawing._main = np.intersect1d(self._main, places)
        drawing._others = np.intersect1d(self._others, places)
        return drawing

    def __call__(self, n: int, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        """Draw ``n`` clips, those of the main corpus first."""
        if not (self._main.size and self._others.size):
            return rng.choice(np.concatenate([self._main, self._others]), n)
        n_main = round(n * self._share)
        return np.concatenate(
            [rng.choice(self._main, n_main), rng.choice(self._others, n - n_main)]
        )
