"""What a RAVDESS name tells."""

from pathlib import PurePath

import pytest

from assistant.corpora.facts import Facts
from assistant.corpora.ravdess import is_ravdess_video, ravdess_facts
from assistant.values import EMOTIONS


def facts(stem):
    return ravdess_facts(PurePath("Actor_01") / f"{stem}.wav")


def test_the_example_of_its_authors_is_read_in_full():
    assert facts("03-01-06-01-02-01-12") == Facts(
        corpus="ravdess",
        emotion="fearful",
        speaker="ravdess-12",
        gender="female",
        intensity="normal",
        take="1",
        language="en",
        transcript="dogs are sitting by the door",
        name="03-01-06-01-02-01-12",
    )


def test_a_song_has_its_own_corpus_and_the_speaker_of_the_speech():
    song = facts("03-02-03-02-01-02-11")
    assert (song.corpus, song.speaker, song.gender) == ("ravdess_song", "ravdess-11", "male")
    assert (song.emotion, song.intensity, song.take) == ("happy", "strong", "2")
    assert song.transcript == "kids are talking by the door"


def test_the_emotions_are_numbered_from_one_in_the_models_order():
    told = [facts(f"03-01-{code:02}-01-01-01-01").emotion for code in range(1, 9)]
    assert told == list(EMOTIONS)


@pytest.mark.parametrize(
    "stem",
    [
        "03-01-00-01-01-01-01", "03-01-09-01-01-01-01", "03-03-01-01-01-01-01",
        "03-01-01-03-01-01-01", "03-01-01-01-03-01-01", "03-01-01-01-01-00-01",
        "03-01-01-01-01-01-00", "03-01-01-01-01-01-25", "04-01-01-01-01-01-01",
        "03-01-01-01-01-01", "03-01-01-01-01-01-01-01", "3-1-1-1-1-1-1",
        "03-01-01-01-01-01-01 (1)", "",
    ],
)  # fmt: skip
def test_what_is_out_of_range_is_no_ravdess_name(stem):
    assert ravdess_facts(PurePath(f"{stem}.wav")) is None
    assert not is_ravdess_video(PurePath(f"{stem}.mp4"))


@pytest.mark.parametrize("modality", ["01", "02"])
@pytest.mark.parametrize("suffix", ["mp4", "wav"])
def test_videos_and_their_sound_are_told_from_the_audio_only_files(modality, suffix):
    video = PurePath(f"{modality}-01-06-01-02-01-12.{suffix}")
    assert is_ravdess_video(video)
    assert ravdess_facts(video) is None
    assert not is_ravdess_video(PurePath("03-01-06-01-02-01-12.wav"))
