"""How words sound by themselves."""

import pytest

from assistant.sentiment import WordSentiment
from assistant.values import CLEAR_SENTIMENT, Transcript


@pytest.fixture(scope="module")
def words():
    return WordSentiment()


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("i had a wonderful day", 1),
        ("that is just great", 1),
        ("i hate this so much", -1),
        ("i am so sad and lonely", -1),
        ("what time is it", 0),
        ("it is not great", -1),
    ],
)
def test_words_are_good_or_bad(text, sign, words):
    rating = words.rate(Transcript(text))
    assert -1 <= rating <= 1
    assert (rating >= CLEAR_SENTIMENT) - (rating <= -CLEAR_SENTIMENT) == sign


@pytest.mark.parametrize("transcript", [Transcript(""), Transcript("wunderbar", "de-AT")])
def test_without_english_words_nobody_knows(transcript, words):
    assert words.rate(transcript) is None
