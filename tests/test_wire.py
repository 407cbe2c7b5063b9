"""Values over the wire: nothing is lost on the way, nothing wrong gets through."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, Optional

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
from assistant.wire import check_type, from_plain, to_plain

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


@dataclass(frozen=True)
class Lamp:
    """A dataclass inside another, with one field that must be given."""

    name: str
    watts: float = 5.0
    colours: tuple[str, ...] = ("white",)


@dataclass(frozen=True)
class Fan:
    """Reads the same data as a lamp."""

    name: str
    watts: float = 50.0


@dataclass
class House:
    """Holds every form that a setting may have."""

    LIMIT = 3
    shared: ClassVar[list[int]] = []

    rooms: list[str] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)
    by_room: dict[str, Lamp] = field(default_factory=dict)
    counts: dict[str, list[int]] = field(default_factory=dict)
    size: Literal["small", "large", 3] = "small"
    door: int | str | None = None
    heat: float | Literal["off"] = "off"
    best: Lamp | Fan = Fan("best")
    at: tuple[int, int] = (7, 30)
    lamp: Lamp = Lamp("hall", 9)
    wide: list = field(default_factory=list)
    loose: dict = field(default_factory=dict)
    inside: "House | None" = None
    n_made: int = field(default=0, init=False)

    def number(self):
        return len(self.rooms)


def filled(**data):
    return from_plain(House, data, fills=True)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({}, {}),
        ({"rooms": ["hall", "bath"]}, {"rooms": ["hall", "bath"]}),
        ({"rooms": []}, {"rooms": []}),
        (
            {"lamps": [{"name": "a"}, {"name": "b", "watts": 3}]},
            {"lamps": [Lamp("a"), Lamp("b", 3.0)]},
        ),
        ({"by_room": {"hall": {"name": "a"}}}, {"by_room": {"hall": Lamp("a")}}),
        ({"counts": {"a": [1, 2]}}, {"counts": {"a": [1, 2]}}),
        ({"size": "large"}, {"size": "large"}),
        ({"size": 3}, {"size": 3}),
        ({"door": 5}, {"door": 5}),
        ({"door": "front"}, {"door": "front"}),
        ({"door": None}, {"door": None}),
        ({"heat": 20}, {"heat": 20.0}),
        ({"best": {"name": "x", "watts": 1}}, {"best": Lamp("x", 1.0)}),
        ({"at": [8, 0]}, {"at": (8, 0)}),
        ({"lamp": {"name": "desk"}}, {"lamp": Lamp("desk")}),
        ({"wide": [1, "a"]}, {"wide": [1, "a"]}),
        ({"loose": {"a": [1]}}, {"loose": {"a": [1]}}),
        ({"inside": {"inside": {}}}, {"inside": House(inside=House())}),
    ],
)
def test_settings_are_read_and_what_is_missing_has_its_default(data, expected):
    assert filled(**data) == House(**expected)


def test_a_default_of_several_types_stays_what_it_is():
    assert type(filled().best) is Fan


def test_each_reading_has_a_list_of_its_own():
    filled().rooms.append("hall")
    assert filled().rooms == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"rooms": "hall"}, "rooms: expected list, got 'hall'"),
        ({"rooms": ["hall", 5]}, "rooms[1]: expected str, got 5"),
        ({"lamps": [{"name": "a"}, {}]}, "lamps[1].name: missing"),
        ({"lamps": [{"title": "a"}]}, "lamps[0]: has no field 'title'"),
        ({"lamps": [{"name": "a", "watts": True}]}, "lamps[0].watts: expected float, got True"),
        ({"by_room": {"hall": 5}}, "by_room.hall: expected dict, got 5"),
        ({"by_room": []}, "by_room: expected dict, got []"),
        ({"counts": {"a": [True]}}, "counts.a[0]: expected int, got True"),
        ({"size": "big"}, "size: expected 'small' or 'large' or 3, got 'big'"),
        ({"size": 3.0}, "size: expected 'small' or 'large' or 3, got 3.0"),
        ({"size": None}, "size: expected 'small' or 'large' or 3, got None"),
        ({"door": True}, "door: expected int or str, got True"),
        ({"heat": "on"}, "heat: expected float or Literal['off'], got 'on'"),
        ({"heat": float("nan")}, "heat: expected float or Literal['off'], got nan"),
        ({"best": None}, "best: expected Lamp or Fan, got None"),
        ({"at": [1]}, "at: expected list of 2, got [1]"),
        ({"at": [1, 2, 3]}, "at: expected list of 2, got [1, 2, 3]"),
        ({"at": [1, "2"]}, "at[1]: expected int, got '2'"),
        ({"inside": {"at": []}}, "inside.at: expected list of 2, got []"),
        ({"n_made": 5}, None),
    ],
)
def test_settings_that_do_not_fit_are_refused_with_their_path(data, message):
    with pytest.raises(AssistantError) as caught:
        filled(**data)
    assert str(caught.value) == (
        f"House.{message}" if message else "House: has no field 'n_made'"
    )


def test_a_default_of_another_type_is_refused():
    @dataclass
    class Wrong:
        town: str = None

    with pytest.raises(AssistantError, match=r"^Wrong\.town: expected str, got None"):
        from_plain(Wrong, {}, fills=True)
    assert from_plain(Wrong, {"town": "Graz"}, fills=True) == Wrong("Graz")


def test_every_form_of_a_setting_is_known_as_one():
    check_type(House)
    check_type(Diary)


@dataclass
class Folder:
    """Has a field that no plain data is read into."""

    path: Path = Path()


@dataclass
class Cellar:
    """Has a field without a type."""

    n_rooms = 5


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (Path, "Path"),
        (Any, "Any"),
        (datetime, "datetime"),
        (object, "object"),
        (list[Path], "Path"),
        (dict[str, set[int]], "set[int]"),
        (dict[int, str], "dict[int, str]"),
        (int | bytes, "bytes"),
        (tuple, "tuple"),
        (None, "NoneType"),
        (Literal[b"x"], "Literal[b'x']"),
    ],
)
def test_a_type_that_cannot_be_read_is_told_before_anything_is(kind, shown):
    cls = dataclass(type("Settings", (), {"__annotations__": {"x": kind}}))
    with pytest.raises(AssistantError) as caught:
        check_type(cls)
    assert str(caught.value) == (
        f"Settings.x: cannot be of type {shown}; use str, int, float, bool, list, dict, "
        "Literal or a dataclass"
    )


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (Folder, "Settings.x.path: cannot be of type Path; use str, "),
        (list[Folder] | None, "Settings.x.path: cannot be of type Path; use str, "),
        (Cellar, "Settings.x.n_rooms: has no type; write `n_rooms: TYPE`, and use str, "),
    ],
)
def test_a_dataclass_inside_is_looked_into(kind, told):
    cls = dataclass(type("Settings", (), {"__annotations__": {"x": kind}}))
    with pytest.raises(AssistantError) as caught:
        check_type(cls)
    assert str(caught.value).startswith(told)


@pytest.mark.parametrize("value", [5, 1.5, True, "a", None, [1], (1,), {"a": 1}])
def test_a_field_without_a_type_is_told(value):
    cls = dataclass(type("Settings", (), {"x": value}))
    with pytest.raises(
        AssistantError, match=r"^Settings\.x: has no type; write `x: TYPE`, and use str, "
    ):
        check_type(cls)
