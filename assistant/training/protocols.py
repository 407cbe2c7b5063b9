"""Which clips train and which test: the protocols by which systems are compared."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.corpora.clips import Clip
from assistant.corpora.ravdess import ravdess_speakers
from assistant.corpora.splits import UNSEEN_5, UNSEEN_6, VALIDATION_ACTORS
from assistant.errors import CorpusError

N_ACTORS = 24
"""RAVDESS actors; odd numbers are men, even ones women."""


@dataclass(frozen=True)
class Fold:
    """One test of a protocol; no clip is on both sides."""

    number: int
    """Counts from 1."""
    about: str
    """What is tested, such as ``2, 5, 14, 15, 16`` for actors of RAVDESS."""
    training: tuple[Clip, ...]
    """All that a system may learn or choose anything from."""
    test: tuple[Clip, ...]
    validation_actors: tuple[int, ...]
    """RAVDESS actors in ``training`` by whom a system that needs to choose does so."""

    @property
    def test_speakers(self) -> tuple[str, ...]:
        """Who is heard in the test, sorted."""
        return tuple(sorted({clip.speaker for clip in self.test}))


@dataclass(frozen=True)
class UnseenSpeakers:
    """A protocol whose test speakers never train, in any corpus."""

    name: str
    about: str
    """What is tested, in one line."""
    corpus: str
    """The corpus that tests."""
    groups: tuple[frozenset[str], ...] | None = None
    """Test speakers of each fold; None tests the whole corpus in one fold."""
    also_trains: tuple[str, ...] = ()
    """Corpora that train besides a system's own."""

    @property
    def n_folds(self) -> int:
        """Number of folds."""
        return len(self.groups or [None])

    def corpora(self, own: Collection[str]) -> tuple[str, ...]:
        """Return the corpora needed for a system that trains on ``own``, sorted."""
        return tuple(sorted({*own, *self.also_trains, self.corpus}))

    def folds(self, clips: Sequence[Clip], own: Collection[str]) -> tuple[Fold, ...]:
        """Divide the clips of the needed corpora for a system that trains on ``own``.

        Raises:
            CorpusError: a test speaker has no clips, or nobody is left to train.
        """
        tested = [clip for clip in clips if clip.corpus == self.corpus]
        everyone = frozenset(clip.speaker for clip in tested)
        trained = [clip for clip in clips if clip.corpus in {*own, *self.also_trains}]
        groups = (everyone,) if self.groups is None else self.groups
        if absent := sorted(frozenset().union(*groups) - everyone):
            raise CorpusError(
                f"no clips of {', '.join(absent)} in {self.corpus}; {self.name} needs all of it"
            )
        return tuple(
            self._fold(number, group, trained, tested)
            for number, group in enumerate(groups, start=1)
        )

    def _fold(
        self,
        number: int,
        group: frozenset[str],
        trained: Sequence[Clip],
        tested: Sequence[Clip],
    ) -> Fold:
        training = tuple(clip for clip in trained if clip.speaker not in group)
        if not training:
            raise CorpusError(f"{self.name}: nobody is left to train; add a corpus")
        names = [name.removeprefix("ravdess-").lstrip("0") for name in sorted(group)]
        return Fold(
            number,
            about=f"all of {self.corpus}" if self.groups is None else ", ".join(names),
            training=training,
            test=tuple(clip for clip in tested if clip.speaker in group),
            validation_actors=validation_actors(group),
        )


@dataclass(frozen=True)
class RandomClips:
    """A protocol that draws clips, so that each voice both trains and tests: it flatters."""

    name: str
    about: str
    """What is tested, in one line."""
    mixed: tuple[str, ...]
    """The corpora that are mixed, whatever a system's own are."""
    test_share: float = 0.33
    """Share of the clips that test, 0 to 1."""
    seed: int = 42

    n_folds = 1

    def corpora(self, own: Collection[str]) -> tuple[str, ...]:
        """Return the corpora that are mixed."""
        return self.mixed

    def folds(self, clips: Sequence[Clip], own: Collection[str]) -> tuple[Fold, ...]:
        """Divide the clips of the mixed corpora, the same for any order of the index.

        They are numbered by corpus and file name and drawn as scikit-learn 1.9's
        ``train_test_split(test_size=test_share, random_state=seed)`` does.

        Raises:
            CorpusError: there are too few clips to divide.
        """
        ordered = sorted(clips, key=lambda clip: (clip.corpus, clip.path.stem))
        n_test = math.ceil(self.test_share * len(ordered))
        if not 0 < n_test < len(ordered):
            raise CorpusError(f"{len(ordered)} clips cannot be divided; {self.name} needs more")
        drawn = np.random.RandomState(self.seed).permutation(len(ordered))
        fold = Fold(
            number=1,
            about=f"{100 * self.test_share:.0f} % of the clips",
            training=tuple(ordered[i] for i in drawn[n_test:]),
            test=tuple(ordered[i] for i in drawn[:n_test]),
            validation_actors=validation_actors(()),
        )
        return (fold,)


Protocol = UnseenSpeakers | RandomClips

PROTOCOLS: dict[str, Protocol] = {
    protocol.name: protocol
    for protocol in (
        UnseenSpeakers(
            "unseen-5",
            "RAVDESS speech, unseen actors, 5 folds of Luna-Jimenez et al. 2022",
            corpus="ravdess",
            groups=tuple(ravdess_speakers(actors) for actors in UNSEEN_5),
        ),
        UnseenSpeakers(
            "unseen-6",
            "RAVDESS speech, unseen actors, 6 folds of EmoBox",
            corpus="ravdess",
            groups=tuple(ravdess_speakers(actors) for actors in UNSEEN_6),
        ),
        RandomClips(
            "random",
            # 5252 are published; `read_clips` drops the one known duplicate.
            "RAVDESS speech and song and TESS, 5251 clips, a random third",
            mixed=("ravdess", "ravdess_song", "tess"),
        ),
        UnseenSpeakers(
            "tess-by-actress",
            "TESS, one actress unseen, the other in training; 7 emotions",
            corpus="tess",
            groups=(frozenset({"tess-oaf"}), frozenset({"tess-yaf"})),
            also_trains=("tess",),
        ),
        UnseenSpeakers("nemo-out", "nEMO, Polish, unseen corpus; 6 emotions", corpus="nemo"),
        UnseenSpeakers("ased-out", "ASED, Amharic, unseen corpus; 5 emotions", corpus="ased"),
    )
}
"""Protocols by name."""


def validation_actors(tested: Collection[str]) -> tuple[int, ...]:
    """Return two men and two women of RAVDESS who are not among the tested speakers.

    `VALIDATION_ACTORS` come first, then the others by number.
    """
    free = [
        actor
        for actor in dict.fromkeys((*VALIDATION_ACTORS, *range(1, N_ACTORS + 1)))
        if not ravdess_speakers([actor]) & frozenset(tested)
    ]
    men = [actor for actor in free if actor % 2 == 1]
    women = [actor for actor in free if actor % 2 == 0]
    return tuple(sorted((*men[:2], *women[:2])))
