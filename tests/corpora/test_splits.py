"""Whole speakers on one side of a split."""

from pathlib import Path

import pytest

from assistant.corpora.clips import Clip, read_clips
from assistant.corpora.ravdess import ravdess_speakers
from assistant.corpora.splits import (
    HELD_OUT_ACTORS,
    UNSEEN_5,
    UNSEEN_6,
    VALIDATION_ACTORS,
    split_by_speaker,
)
from assistant.errors import CorpusError


def clips(*speakers, corpus="ravdess"):
    return [
        Clip(Path(f"{corpus}/{i}"), corpus, speaker, 0) for i, speaker in enumerate(speakers)
    ]


def test_each_speaker_is_in_one_part():
    everyone = clips("a", "b", "c", "a", "b", "c", "d")
    split = split_by_speaker(everyone, held_out=["a"], validation=["b"])
    assert {clip.speaker for clip in split.held_out} == {"a"}
    assert {clip.speaker for clip in split.validation} == {"b"}
    assert {clip.speaker for clip in split.training} == {"c", "d"}
    assert sorted(split.training + split.validation + split.held_out, key=str) == sorted(
        everyone, key=str
    )


def test_an_actor_who_is_held_out_does_not_sing_in_training():
    speech, song = clips("ravdess-01", "ravdess-02"), clips("ravdess-01", corpus="ravdess_song")
    split = split_by_speaker(speech + song, ravdess_speakers([1]), [])
    assert {clip.corpus for clip in split.held_out} == {"ravdess", "ravdess_song"}
    assert {clip.speaker for clip in split.training} == {"ravdess-02"}


def test_nobody_can_be_held_out_and_validate():
    with pytest.raises(CorpusError, match="b cannot be both"):
        split_by_speaker(clips("a", "b", "c"), ["b"], ["b", "c"])


def test_unknown_speakers_are_named():
    with pytest.raises(CorpusError, match="no clips of x, y; choose"):
        split_by_speaker(clips("a", "b"), ["y"], ["x"])


def test_somebody_must_be_left_to_train_on():
    with pytest.raises(CorpusError, match="hold fewer out"):
        split_by_speaker(clips("a", "b"), ["a"], ["b"])


@pytest.mark.parametrize("folds", [UNSEEN_5, UNSEEN_6])
def test_the_folds_of_a_protocol_test_each_actor_once(folds):
    assert sorted(actor for fold in folds for actor in fold) == list(range(1, 25))


def test_actors_are_named_by_two_digits():
    assert ravdess_speakers([1, 24]) == {"ravdess-01", "ravdess-24"}


def test_the_shipped_split_holds_out_four_actors_in_speech_and_song(shared_data):
    split = split_by_speaker(
        read_clips(shared_data),
        ravdess_speakers(HELD_OUT_ACTORS),
        ravdess_speakers(VALIDATION_ACTORS),
    )
    speech = [clip for clip in split.held_out if clip.corpus == "ravdess"]
    assert len(speech) == 4 * 60
    assert len(split.held_out) - len(speech) == 4 * 44
    used = {clip.speaker for clip in split.training + split.validation}
    assert not used & ravdess_speakers([1, 11, 20, 21])
