"""Values over the wire: nothing is lost on the way, nothing wrong gets through."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Optional

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import AssistantError
from assistant.values import (
    EMOTIONS,
    Audio,
    EmotionEstimate,
    Reply,
    Stretch,
    Style,
    Transcript,
    Utterance,
)
from assistant.wire import from_plain, to_plain

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


def every_field(cls, **strategies):
    """Values of ``cls``; fails when a field of it has been forgotten here."""
    assert set(strategies) == {field.name for field in fields(cls)}
    return st.builds(cls, **strategies)


TRANSCRIPTS = every_field(
    Transcript,
    text=st.text(),
    language=st.text(),
    engine=st.text(),
    phrase=st.text(),
    confidence=st.none() | NUMBERS,
)
EMOTION_ESTIMATES = every_field(
    EmotionEstimate,
    probabilities=st.fixed_dictionaries(dict.fromkeys(EMOTIONS, NUMBERS)),
    certain=st.none() | st.booleans(),
)
STRETCHES = every_field(Stretch, start_s=NUMBERS, end_s=NUMBERS, emotion=EMOTION_ESTIMATES)
UTTERANCES = every_field(
    Utterance,
    transcript=TRANSCRIPTS,
    emotion=st.none() | EMOTION_ESTIMATES,
    duration_s=NUMBERS,
    sentiment=st.none() | NUMBERS,
    change=st.none() | st.fixed_dictionaries(dict.fromkeys(EMOTIONS, NUMBERS)),
    timeline=st.lists(STRETCHES, max_size=2).map(tuple),
)
STYLES = every_field(Style, rate=NUMBERS, volume=NUMBERS, pitch=NUMBERS)
REPLIES = every_field(
    Reply,
    text=st.text(),
    plugin=st.text(),
    style=st.none() | STYLES,
    continues=st.booleans(),
    asks_s=NUMBERS,
    is_fixed=st.booleans(),
)


@given(UTTERANCES | REPLIES)
def test_a_value_comes_back_as_it_went(value):
    assert from_plain(type(value), json.loads(json.dumps(to_plain(value)))) == value


def test_a_reply_is_written_field_by_field():
    assert to_plain(Reply("hi", style=Style(rate=0.5))) == {
        "text": "hi",
        "plugin": "",
        "style": {"rate": 0.5, "volume": 1.0, "pitch": 1.0},
        "continues": False,
        "asks_s": 0.0,
        "is_fixed": False,
    }


def test_whole_numbers_become_floats_where_a_float_belongs():
    style = from_plain(Style, {"rate": 1, "volume": 0, "pitch": 1.5})
    assert [type(number) for number in (style.rate, style.volume, style.pitch)] == [float] * 3


REPLY = to_plain(Reply("hi", style=Style()))
STYLE = to_plain(Style())


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ([], r"Reply: expected dict, got \[\]"),
        ({**REPLY, "text": 5}, r"Reply\.text: expected str, got 5"),
        ({**REPLY, "text": None}, r"Reply\.text: expected str, got None"),
        ({**REPLY, "continues": 1}, r"Reply\.continues: expected bool, got 1"),
        ({**REPLY, "mood": "good"}, "Reply: has no field 'mood'"),
        ({"text": "hi"}, r"Reply\.plugin: missing"),
        ({**REPLY, "style": "fast"}, r"Reply\.style: expected dict, got 'fast'"),
        ({**REPLY, "style": "x" * 9_999}, r"Reply\.style: expected dict, got 'xxxx"),
        ({**REPLY, "style": {}}, r"Reply\.style\.rate: missing"),
        ({**REPLY, "style": {**STYLE, "rate": "1"}}, r"Reply\.style\.rate: expected float"),
        ({**REPLY, "style": {**STYLE, "rate": True}}, r"Reply\.style\.rate: expected float"),
        (
            {**REPLY, "style": {**STYLE, "pitch": float("nan")}},
            r"Reply\.style\.pitch: expected a finite number, got nan",
        ),
        (
            {**REPLY, "style": {**STYLE, "pitch": 10**400}},
            r"Reply\.style\.pitch: expected a finite number, got 1000",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_its_path(data, message):
    with pytest.raises(AssistantError, match=f"^{message}") as caught:
        from_plain(Reply, data)
    assert len(str(caught.value)) < 200


def test_a_wrong_probability_is_named_by_its_emotion():
    data = to_plain(EmotionEstimate({"sad": 1.0}))
    data["probabilities"]["sad"] = "much"
    with pytest.raises(AssistantError, match=r"^EmotionEstimate\.probabilities\.sad: expected"):
        from_plain(EmotionEstimate, data)


@dataclass(frozen=True)
class Diary:
    """Holds the forms that the values above do not use."""

    pages: tuple[Utterance, ...]
    owner: Optional[str]  # noqa: UP045  both spellings are read
    counts: Mapping[str, int]


def test_tuples_and_optional_values_come_back():
    diary = Diary((Utterance(Transcript("a")), Utterance(Transcript("b"))), None, {"a": 1})
    assert from_plain(Diary, json.loads(json.dumps(to_plain(diary)))) == diary


def test_a_wrong_element_is_named_by_its_place():
    data = {"pages": [to_plain(Utterance(Transcript("a"))), 7], "owner": "me", "counts": {}}
    with pytest.raises(AssistantError, match=r"^Diary\.pages\[1\]: expected dict, got 7"):
        from_plain(Diary, data)


def test_true_is_no_number():
    with pytest.raises(AssistantError, match=r"^Diary\.counts\.a: expected int, got True"):
        from_plain(Diary, {"pages": [], "owner": "me", "counts": {"a": True}})


def test_keys_must_be_strings():
    with pytest.raises(AssistantError, match=r"^Diary\.counts: expected names as keys, got 1"):
        from_plain(Diary, {"pages": [], "owner": "me", "counts": {1: 1}})


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (Style(rate=float("inf")), r"Style\.rate: expected a finite number, got inf"),
        (Audio(np.zeros(1), 16_000), r"Audio\.samples: expected plain data, got ndarray"),
        (EmotionEstimate({1: 0.5}), r"EmotionEstimate\.probabilities: expected names as keys"),
        (Style, "type: expected plain data, got type"),
        ((1, b""), r"tuple\[1\]: expected plain data, got bytes"),
    ],
)
def test_what_has_no_plain_form_is_refused_with_its_path(value, message):
    with pytest.raises(AssistantError, match=f"^{message}"):
        to_plain(value)
