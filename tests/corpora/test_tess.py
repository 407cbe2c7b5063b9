"""What a TESS name tells."""

from pathlib import PurePath

import pytest

from assistant.corpora.facts import Facts
from assistant.corpora.tess import tess_facts


def test_a_name_tells_actress_word_and_emotion():
    assert tess_facts(PurePath("OAF_angry/OAF_back_angry.wav")) == Facts(
        corpus="tess",
        emotion="angry",
        speaker="tess-oaf",
        gender="female",
        language="en",
        transcript="say the word back",
        name="oaf_back_angry",
    )


@pytest.mark.parametrize(
    ("code", "emotion"),
    [
        ("angry", "angry"), ("disgust", "disgust"), ("fear", "fearful"), ("happy", "happy"),
        ("neutral", "neutral"), ("ps", "surprised"), ("sad", "sad"), ("Sad", "sad"),
    ],
)  # fmt: skip
def test_each_emotion_is_understood_and_ps_is_pleasant_surprise(code, emotion):
    told = tess_facts(PurePath(f"YAF_dog_{code}.wav"))
    assert (told.emotion, told.speaker) == (emotion, "tess-yaf")
    assert told.transcript == "say the word dog"


def test_the_one_misspelled_name_is_the_older_actresss():
    told = tess_facts(PurePath("OA_bite_neutral.wav"))
    assert (told.speaker, told.name) == ("tess-oaf", "oaf_bite_neutral")


@pytest.mark.parametrize(
    "name",
    [
        "OAF_back_calm.wav", "OAF_back.wav", "XAF_back_sad.wav", "YA_back_sad.wav",
        "OAF__sad.wav", "OAF_back_sad_2.wav", "OAF_angry/1.wav", "._OAF_back_sad.wav",
    ],
)  # fmt: skip
def test_other_names_are_not_tesss(name):
    assert tess_facts(PurePath(name)) is None
