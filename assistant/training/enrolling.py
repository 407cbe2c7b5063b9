"""How a clip's voice sounds at rest, drawn for each batch: known of some, unknown of others.

For trials: a network that never heard anybody relative to their own band mean loses by it, so
some clips are scaled as if their speaker had enrolled that way and one network hears both. The
classifier does not scale so today; it takes the neutral logits off (`assistant.profiles`), and
`BatchSettings.enrolled_share` is 0.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from assistant.corpora.clips import Clip
from assistant.features import Levels
from assistant.values import EMOTIONS

NEUTRAL = EMOTIONS.index("neutral")

MOST_SENTENCES = 3
"""What `assistant.enrolment` asks for; people may say fewer."""


class Voices:
    """The band means of speakers' neutral clips."""

    def __init__(
        self,
        clips: Sequence[Clip],
        renditions: Sequence[Sequence[npt.NDArray[np.floating]]],
        anybody: tuple[float, ...],
    ) -> None:
        """Measure the neutral clips.

        Args:
            clips: Recordings that train.
            renditions: For each clip the features of its renditions, the clean one first.
            anybody: Band mean of whoever has not enrolled, dB; empty means 0.
        """
        n_mels = renditions[0][0].shape[1]
        self._anybody = np.asarray(anybody or np.zeros(n_mels), dtype=np.float32)
        self._who = [(clip.corpus, clip.speaker) for clip in clips]
        self._neutral = defaultdict(list)
        self._sums: dict[tuple[int, int], npt.NDArray[np.float64]] = {}
        self._n_frames: dict[tuple[int, int], int] = {}
        for i, clip in enumerate(clips):
            if clip.label == NEUTRAL and clip.speaker:
                self._neutral[self._who[i]].append(i)
                for j, features in enumerate(renditions[i]):
                    self._sums[i, j] = _levels(features).sum(axis=0, dtype=np.float64)
                    self._n_frames[i, j] = len(features)

    def band_means(
        self,
        clips: npt.NDArray[np.int64],
        renditions: npt.NDArray[np.int64],
        enrolled_share: float,
        rng: np.random.Generator,
    ) -> Levels:
        """Return by which band mean each clip of a batch is scaled, ``(n, n_mels)``, dB.

        Whoever has enrolled did so with 1 to `MOST_SENTENCES` other neutral clips of the
        same corpus, all of them clean or all heard as the clip is.

        Args:
            clips: Which clips.
            renditions: Which rendition of each is heard.
            enrolled_share: Share of clips whose speaker has enrolled, 0 to 1; speakers
                without another neutral clip have not.
            rng: Draws who has enrolled, and with what.
        """
        means = np.tile(self._anybody, (len(clips), 1))
        for row in np.flatnonzero(rng.random(len(clips)) < enrolled_share):
            clip = clips[row]
            # A neutral clip among its own sentences would be given away by its mean.
            others = [i for i in self._neutral.get(self._who[clip], ()) if i != clip]
            rendition = renditions[row] if rng.random() < 0.5 else 0
            n_sentences = min(int(rng.integers(1, MOST_SENTENCES + 1)), len(others))
            if n_sentences:
                said = [(i, rendition) for i in rng.choice(others, n_sentences, replace=False)]
                n_frames = sum(self._n_frames[each] for each in said)
                means[row] = sum(self._sums[each] for each in said) / n_frames
        return means


def _levels(features: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Return the levels alone, ``(n_frames, n_mels)``, where pitch may stand beside them."""
    return features[..., 0] if features.ndim == 3 else features
