"""How lengths and times are understood."""

import re
import time
from datetime import datetime

import pytest

from assistant.spoken_times import spoken_length, spoken_time
from assistant.understood_times import (
    CLOCK,
    DAY,
    LENGTH,
    LIKELY_TIME,
    NUMBER,
    SURE_TIME,
    length_of,
    names_date,
    next_moment,
    plain_text,
    split_time,
)

FRIDAY = datetime(2027, 1, 1, 14, 5)
WAKING_HOURS = range(5, 12)
MINUTE_S = 60
HOUR_S = 3_600


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Wake me at 7:30 p.m., please!", "Wake me at 7:30 pm please"),
        ("at 7 A. M.", "at 7 Am"),
        ("twenty-five  minutes", "twenty five minutes"),
        ("10min, 1.5 hours", "10 min 1.5 hours"),
        ("at eight o’clock.", "at eight o'clock"),
        ("pm_am ?!", "pm am"),
        ("", ""),
    ],
)
def test_a_text_is_words_and_numbers_with_one_space_between_them(text, plain):
    assert plain_text(text) == plain


@pytest.mark.parametrize(
    ("text", "length_s"),
    [
        ("ten minutes", 600),
        ("ten minutes and thirty seconds", 630),
        ("half an hour", 1_800),
        ("a half hour", 1_800),
        ("an hour", HOUR_S),
        ("a minute", 60),
        ("an hour and a half", 5_400),
        ("one and a half hours", 5_400),
        ("two hours and a quarter", 8_100),
        ("a quarter of an hour", 900),
        ("three quarters of an hour", 2_700),
        ("a couple of minutes", 120),
        ("couple of minutes", 120),
        ("one hour thirty", 5_400),
        ("a minute thirty", 90),
        ("one hour ten minutes and five seconds", 4_205),
        ("ninety nine seconds", 99),
        ("twenty-five minutes", 1_500),
        ("a hundred and twenty minutes", 7_200),
        ("25 Minutes", 1_500),
        ("1.5 hours", 5_400),
        ("10min", 600),
        ("2 hrs", 7_200),
        ("thirty seconds", 30),
        ("about four minutes", 240),
        ("two days", 172_800),
        ("two weeks", 1_209_600),
        ("0 minutes", 0),
        ("two hundred seconds", 200),
        ("in about ten minutes", 600),
        ("for an hour", HOUR_S),
        ("ten minutes from now", 600),
    ],
)
def test_a_length_is_understood(text, length_s):
    assert length_of(plain_text(text)) == length_s


@pytest.mark.parametrize(
    "text",
    ["", "ten", "seven o'clock", "at seven", "five minutes past two", "ten minutes to call",
     "call in ten minutes", "a while"],
)  # fmt: skip
def test_what_is_no_length_has_none(text):
    assert length_of(text) is None


@pytest.mark.parametrize("length_s", [1, 59, 60, 61, 3_599, 3_600, 86_399, 86_400, 31_622_400])
def test_what_is_said_of_a_length_is_the_length(length_s):
    """But for what is left out of more than two units."""
    told_s = length_of(spoken_length(length_s))
    assert 0 <= length_s - told_s < (HOUR_S if length_s > 86_400 else MINUTE_S)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("at seven", datetime(2027, 1, 2, 7)),
        ("tomorrow at quarter to eight", datetime(2027, 1, 2, 7, 45)),
        ("at seven in the evening", datetime(2027, 1, 1, 19)),
        ("at seven p.m.", datetime(2027, 1, 1, 19)),
        ("at 7:30 pm", datetime(2027, 1, 1, 19, 30)),
        ("at 07:30", datetime(2027, 1, 2, 7, 30)),
        ("at 19:00", datetime(2027, 1, 1, 19)),
        ("at 13:30", datetime(2027, 1, 2, 13, 30)),
        ("at four", datetime(2027, 1, 1, 16)),
        ("at five", datetime(2027, 1, 2, 5)),
        ("at eleven", datetime(2027, 1, 2, 11)),
        ("at three", datetime(2027, 1, 1, 15)),
        ("on Sunday at ten", datetime(2027, 1, 3, 10)),
        ("tomorrow night at eleven", datetime(2027, 1, 2, 23)),
        ("at midnight", datetime(2027, 1, 2)),
        ("at twelve thirty", datetime(2027, 1, 2, 0, 30)),
        ("for half past six", datetime(2027, 1, 2, 6, 30)),
        ("for six fifteen", datetime(2027, 1, 2, 6, 15)),
        ("for six oh five", datetime(2027, 1, 2, 6, 5)),
        ("for 6.30", datetime(2027, 1, 2, 6, 30)),
        ("for twenty five past nine", datetime(2027, 1, 2, 9, 25)),
        ("seven", datetime(2027, 1, 2, 7)),
        ("at eight o'clock", datetime(2027, 1, 2, 8)),
    ],
)
def test_of_two_times_the_one_in_the_usual_hours_is_meant(text, moment):
    assert next_moment(plain_text(text), FRIDAY, WAKING_HOURS) == moment


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("at seven", datetime(2027, 1, 1, 19)),
        ("at noon", datetime(2027, 1, 2, 12)),
        ("tomorrow at two", datetime(2027, 1, 2, 14)),
        ("tomorrow at seven", datetime(2027, 1, 2, 7)),
        ("tomorrow at five", datetime(2027, 1, 2, 17)),
        ("tomorrow at six", datetime(2027, 1, 2, 6)),
        ("at four in the morning", datetime(2027, 1, 2, 4)),
        ("at four in the afternoon", datetime(2027, 1, 1, 16)),
        ("this evening at five", datetime(2027, 1, 1, 17)),
        ("tonight at five", datetime(2027, 1, 1, 17)),
        ("at four at night", datetime(2027, 1, 2, 4)),
        ("on Friday at three", datetime(2027, 1, 1, 15)),
        ("on Friday at one", datetime(2027, 1, 8, 13)),
        ("tonight at eight", datetime(2027, 1, 1, 20)),
        ("tonight at one", datetime(2027, 1, 2, 1)),
        ("this evening at nine", datetime(2027, 1, 1, 21)),
        ("at ten", datetime(2027, 1, 1, 22)),
        ("at ten to six", datetime(2027, 1, 1, 17, 50)),
        ("until half past three", datetime(2027, 1, 1, 15, 30)),
        ("at three o'clock", datetime(2027, 1, 1, 15)),
        ("this afternoon at three", datetime(2027, 1, 1, 15)),
        ("tomorrow afternoon at half past four", datetime(2027, 1, 2, 16, 30)),
        ("at two tomorrow", datetime(2027, 1, 2, 14)),
        ("at five past two", datetime(2027, 1, 2, 2, 5)),
        ("AT MIDNIGHT", datetime(2027, 1, 2)),
    ],
)
def test_else_the_next_one_is_meant_and_of_another_day_the_one_by_day(text, moment):
    assert next_moment(text, FRIDAY) == moment


@pytest.mark.parametrize(
    "text",
    ["", "24:10", "at 6:60", "two today", "at 25", "twenty five", "tomorrow", "in ten minutes",
     "at seven to call", "call at seven", "at seven in the afternoon", "this morning at seven"],
)  # fmt: skip
def test_what_is_no_time_on_a_clock_comes_never(text):
    assert next_moment(text, FRIDAY) is None


@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("minute", [0, 1, 15, 29, 30, 31, 45, 59])
def test_what_is_said_of_a_time_is_the_time(hour, minute):
    moment = datetime(2027, 1, 1, hour, minute)
    before = datetime(2026, 12, 31, 23, 59, 59)
    assert next_moment(spoken_time(moment), before) == moment


@pytest.mark.parametrize(
    ("text", "when", "others"),
    [
        ("in ten minutes to call Anna", "in ten minutes", "to call Anna"),
        ("to call Anna in ten minutes", "in ten minutes", "to call Anna"),
        ("to call Anna at seven please", "at seven", "to call Anna please"),
        ("seven to call", "seven", "to call"),
        ("at ten to six to call", "at ten to six", "to call"),
        ("at ten to call", "at ten", "to call"),
        ("to seven", "", "to seven"),
        (
            "to boil eggs for ten minutes in an hour",
            "in an hour",
            "to boil eggs for ten minutes",
        ),
        ("to look at seven houses at nine", "at nine", "to look at seven houses"),
        ("tomorrow to call", "tomorrow", "to call"),
        ("to call tomorrow", "tomorrow", "to call"),
        ("to call tomorrow at two", "tomorrow at two", "to call"),
        ("that seven people come", "", "that seven people come"),
        ("to feed the cat one more time", "", "to feed the cat one more time"),
        ("to call", "", "to call"),
        ("", "", ""),
    ],
)
def test_a_time_is_split_from_the_other_words(text, when, others):
    assert split_time(text) == (when, others)


@pytest.mark.parametrize(
    "text",
    ["on the third of june at nine", "on march third", "on the fifteenth at nine",
     "for next week", "on the 3rd day of may", "in September"],
)  # fmt: skip
def test_a_date_is_noticed(text):
    assert names_date(plain_text(text))


@pytest.mark.parametrize(
    "text", ["on Sunday", "may I go at nine", "to march at nine", "next monday", "tomorrow"]
)
def test_a_day_of_the_week_is_no_date(text):
    assert not names_date(text)


@pytest.mark.parametrize("expression", [NUMBER, LENGTH, CLOCK, DAY, SURE_TIME, LIKELY_TIME])
def test_an_expression_may_stand_more_than_once_in_another(expression):
    assert re.compile(f"{expression}|{expression}").groups == 0


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        (NUMBER, "someone"),
        (CLOCK, "this afternoon"),
        (DAY, "unsunday"),
        (SURE_TIME, "that two"),
    ],
)
def test_an_expression_finds_nothing_within_a_word(expression, text):
    assert re.search(expression, text) is None


@pytest.mark.parametrize("words", ["an hour and ", "at ten to ", "ten ", "in a hundred and "])
def test_a_long_text_is_read_at_once(words):
    text = words * (10_000 // len(words))
    begin = time.process_time()
    split_time(text)
    length_of(text)
    next_moment(text, FRIDAY)
    names_date(text)
    assert time.process_time() - begin < 2
