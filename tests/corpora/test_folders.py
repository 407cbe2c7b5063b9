"""What the folders of a recording tell."""

from pathlib import PurePath

import pytest

from assistant.corpora.facts import Facts
from assistant.corpora.folders import folder_emotion, folder_facts
from assistant.values import EMOTIONS


@pytest.mark.parametrize(
    ("name", "emotion"),
    [
        ("happy", "happy"), ("Happiness", "happy"), ("joy", "happy"), ("ANGER", "angry"),
        ("01_angry", "angry"), ("fear", "fearful"), ("sadness", "sad"), ("calm", "calm"),
        ("disgusted", "disgust"), ("Pleasant_surprise", "surprised"), ("surprise", "surprised"),
        ("pleasant-surprised", "surprised"), ("neutral 2", "neutral"),
    ],
)  # fmt: skip
def test_common_words_for_an_emotion_are_understood(name, emotion):
    assert folder_emotion(name) == emotion


@pytest.mark.parametrize("name", ["anna", "unhappy", "OAF_angry", "sad songs", "", "1"])
def test_other_folders_name_no_emotion(name):
    assert folder_emotion(name) is None


@pytest.mark.parametrize("emotion", EMOTIONS)
def test_each_label_is_a_folder_name(emotion):
    assert folder_emotion(emotion) == emotion


@pytest.mark.parametrize(
    ("path", "speaker"),
    [
        ("happy/1.wav", ""),
        ("anna/happy/1.wav", "folders-anna"),
        ("Happy/Anna/1.wav", "folders-anna"),
        ("study/anna/happy/1.wav", "folders-anna"),
        ("anna/happy/session1/1.wav", "folders-anna"),
        ("anna/audio/happy/1.wav", "folders-anna"),
        ("train/happy/1.wav", ""),
        ("happy/happiness/1.wav", ""),
    ],
)
def test_the_speaker_is_the_folder_above_the_emotion_or_below(path, speaker):
    assert folder_facts(PurePath(path)) == Facts("folders", "happy", speaker)


@pytest.mark.parametrize("path", ["1.wav", "happy.wav", "anna/1.wav", "happy/sad/1.wav"])
def test_a_path_that_names_no_one_emotion_tells_nothing(path):
    assert folder_facts(PurePath(path)) is None
