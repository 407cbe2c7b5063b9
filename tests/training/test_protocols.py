"""Which clips a protocol trains and tests, on made-up corpora and on the real ones."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.cli.model_parser import PROTOCOLS as NAMES
from assistant.corpora.clips import Clip, read_clips
from assistant.corpora.ravdess import ravdess_speakers
from assistant.corpora.splits import UNSEEN_5, UNSEEN_6, VALIDATION_ACTORS
from assistant.errors import CorpusError
from assistant.training.protocols import PROTOCOLS, RandomClips, validation_actors

OURS = ("ravdess", "ravdess_song", "nemo")


def corpus(name, speakers, n_takes):
    return [
        Clip(Path(f"{name}/{speaker}-{take}.flac"), name, speaker, take % 8)
        for speaker in speakers
        for take in range(n_takes)
    ]


ACTORS = sorted(ravdess_speakers(range(1, 25)))
CLIPS = [
    *corpus("ravdess", ACTORS, 4),
    *corpus("ravdess_song", [name for name in ACTORS if name != "ravdess-18"], 3),
    *corpus("tess", ["tess-oaf", "tess-yaf"], 20),
    *corpus("nemo", ["nemo-a", "nemo-b"], 5),
    *corpus("ased", ["ased-01", "ased-02"], 5),
]


def folds(name, own=OURS):
    protocol = PROTOCOLS[name]
    needed = protocol.corpora(own)
    return protocol.folds([clip for clip in CLIPS if clip.corpus in needed], own)


def of(clips, *corpora):
    return {clip for clip in clips if clip.corpus in corpora}


@pytest.mark.parametrize(("name", "actors"), [("unseen-5", UNSEEN_5), ("unseen-6", UNSEEN_6)])
def test_the_actors_of_a_fold_are_tested_and_train_neither_speaking_nor_singing(name, actors):
    for fold, tested in zip(folds(name), actors, strict=True):
        speakers = ravdess_speakers(tested)
        assert set(fold.test) == {c for c in of(CLIPS, "ravdess") if c.speaker in speakers}
        assert set(fold.training) == {
            clip for clip in of(CLIPS, *OURS) if clip.speaker not in speakers
        }
        assert fold.about == ", ".join(str(actor) for actor in tested)
        assert fold.test_speakers == tuple(sorted(speakers))


@pytest.mark.parametrize("name", ["unseen-5", "unseen-6"])
def test_each_clip_of_ravdess_speech_is_tested_once(name):
    tested = [clip for fold in folds(name) for clip in fold.test]
    assert Counter(tested) == Counter(of(CLIPS, "ravdess"))


def test_a_system_trains_on_its_own_corpora_alone():
    (fold, *_) = folds("unseen-5", ("ravdess", "tess"))
    assert {clip.corpus for clip in fold.training} == {"ravdess", "tess"}
    (fold, *_) = folds("unseen-5", ("tess",))
    assert {clip.corpus for clip in fold.training} == {"tess"}


def test_one_actress_trains_and_the_other_tests_whatever_the_systems_own_corpora():
    for fold, (tested, other) in zip(
        folds("tess-by-actress"),
        [("tess-oaf", "tess-yaf"), ("tess-yaf", "tess-oaf")],
        strict=True,
    ):
        assert fold.test_speakers == (tested,)
        assert of(fold.training, "tess") == {c for c in CLIPS if c.speaker == other}
        assert of(fold.training, *OURS) == of(CLIPS, *OURS)


@pytest.mark.parametrize("left_out", ["nemo", "ased"])
@pytest.mark.parametrize("own", [OURS, ("ravdess", "nemo", "ased")])
def test_a_corpus_that_is_left_out_is_tested_whole_and_never_trains(left_out, own):
    (fold,) = folds(f"{left_out}-out", own)
    assert set(fold.test) == of(CLIPS, left_out)
    assert set(fold.training) == of(CLIPS, *own) - of(CLIPS, left_out)
    assert fold.about == f"all of {left_out}"


@pytest.mark.parametrize("name", PROTOCOLS)
def test_no_clip_both_trains_and_tests(name):
    protocol = PROTOCOLS[name]
    assert len(folds(name)) == protocol.n_folds
    for number, fold in enumerate(folds(name), start=1):
        assert fold.number == number
        assert not set(fold.training) & set(fold.test)
        assert len(set(fold.training)) == len(fold.training)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_two_men_and_two_women_validate_whom_nobody_tests(name):
    for fold in folds(name):
        men = [actor for actor in fold.validation_actors if actor % 2 == 1]
        assert (len(men), len(fold.validation_actors)) == (2, 4)
        speakers = ravdess_speakers(fold.validation_actors)
        assert speakers <= {clip.speaker for clip in fold.training}
        if name != "random":
            assert not speakers & set(fold.test_speakers)


def test_the_usual_actors_validate_as_far_as_they_are_free():
    assert validation_actors(ravdess_speakers(UNSEEN_6[0])) == VALIDATION_ACTORS
    assert validation_actors(ravdess_speakers((2, 5, 14, 15, 16))) == (1, 4, 9, 18)
    assert validation_actors(ravdess_speakers((1, 3, 5, 9))) == (7, 11, 14, 18)


def test_random_draws_as_scikit_learn_does_from_clips_in_order_of_their_names():
    from sklearn.model_selection import train_test_split

    (fold,) = folds("random")
    mixed = of(CLIPS, "ravdess", "ravdess_song", "tess")
    ordered = sorted(mixed, key=lambda clip: (clip.corpus, clip.path.stem))
    training, test = train_test_split(ordered, test_size=0.33, random_state=42)
    assert (list(fold.training), list(fold.test)) == (training, test)


def test_random_draws_the_same_from_an_index_in_another_order():
    protocol = PROTOCOLS["random"]
    mixed = [clip for clip in CLIPS if clip.corpus in protocol.corpora(OURS)]
    np.random.default_rng(1).shuffle(mixed)
    assert protocol.folds(mixed, OURS) == folds("random")


def test_random_hears_the_same_voices_on_both_sides():
    (fold,) = folds("random")
    assert set(fold.test_speakers) & {clip.speaker for clip in fold.training}


def test_speakers_that_a_protocol_needs_must_be_there():
    some = [clip for clip in CLIPS if clip.speaker not in ("ravdess-04", "ravdess-07")]
    with pytest.raises(CorpusError, match="no clips of ravdess-04, ravdess-07 in ravdess"):
        PROTOCOLS["unseen-5"].folds(some, OURS)


def test_a_system_needs_somebody_to_train_on():
    with pytest.raises(CorpusError, match="nemo-out: nobody is left to train; add a corpus"):
        folds("nemo-out", ("nemo",))


@pytest.mark.parametrize("n_clips", [0, 1])
def test_too_few_clips_cannot_be_divided(n_clips):
    with pytest.raises(CorpusError, match=f"{n_clips} clips cannot be divided; few needs more"):
        RandomClips("few", "", ("ravdess",)).folds(CLIPS[:n_clips], ())


def test_the_command_line_knows_all_protocols():
    assert tuple(PROTOCOLS) == NAMES


@pytest.fixture(scope="module")
def real_clips(shared_data):
    return read_clips(shared_data)


@pytest.mark.parametrize(
    ("name", "n_test", "n_training"),
    [
        ("unseen-5", [300, 299, 300, 300, 240], [6412, 6457, 6412, 6412, 6516]),
        ("unseen-6", [240, 240, 240, 239, 240, 240], [6516, 6516, 6516, 6517, 6560, 6516]),
        ("random", [1733], [3518]),
        ("tess-by-actress", [1400, 1400], [8332, 8332]),
        ("nemo-out", [4481], [2451]),
        ("ased-out", [2474], [6932]),
    ],
)
def test_the_real_folds_have_their_sizes(real_clips, name, n_test, n_training):
    protocol = PROTOCOLS[name]
    clips = [clip for clip in real_clips if clip.corpus in protocol.corpora(OURS)]
    found = protocol.folds(clips, OURS)
    assert [len(fold.test) for fold in found] == n_test
    assert [len(fold.training) for fold in found] == n_training


@pytest.mark.parametrize(
    ("name", "n_labels"), [("tess-by-actress", 7), ("nemo-out", 6), ("ased-out", 5)]
)
def test_other_corpora_lack_emotions(real_clips, name, n_labels):
    for fold in PROTOCOLS[name].folds(real_clips, OURS):
        assert len({clip.label for clip in fold.test}) == n_labels


def test_moving_a_corpus_moves_no_clip_to_another_side(real_clips):
    protocol = PROTOCOLS["random"]
    mixed = [clip for clip in real_clips if clip.corpus in protocol.mixed]
    moved = [replace(clip, path=Path("/elsewhere/Actor") / clip.path.name) for clip in mixed]
    names = [
        [clip.path.name for clip in protocol.folds(clips, ())[0].test]
        for clips in (mixed, moved)
    ]
    assert names[0] == names[1]
