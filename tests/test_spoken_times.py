"""How numbers, lengths, times and choices are said."""

from datetime import datetime

import pytest

from assistant.spoken_times import (
    in_words,
    one_of,
    part_of_day,
    spoken_date,
    spoken_length,
    spoken_moment,
    spoken_time,
)

FRIDAY = datetime(2027, 1, 1, 14, 5)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "zero"), (19, "nineteen"), (20, "twenty"), (21, "twenty one"), (99, "ninety nine"),
        (100, "100"), (-1, "-1"),
    ],
)  # fmt: skip
def test_a_number_is_said_in_words_up_to_a_hundred(number, said):
    assert in_words(number) == said


@pytest.mark.parametrize(
    ("length_s", "said"),
    [
        (0, "one second"),
        (0.6, "one second"),
        (59.6, "one minute"),
        (90, "one minute and thirty seconds"),
        (4_205, "one hour and ten minutes"),
        (7_205, "two hours and five seconds"),
        (3 * 86_400, "three days"),
    ],
)
def test_a_length_is_said_in_its_two_largest_units(length_s, said):
    assert spoken_length(length_s) == said


@pytest.mark.parametrize(
    ("hour", "minute", "said"),
    [
        (0, 0, "midnight"),
        (12, 0, "noon"),
        (7, 0, "seven o'clock in the morning"),
        (14, 5, "five past two in the afternoon"),
        (14, 1, "one minute past two in the afternoon"),
        (14, 7, "seven minutes past two in the afternoon"),
        (9, 15, "a quarter past nine in the morning"),
        (18, 30, "half past six in the evening"),
        (18, 31, "twenty nine minutes to seven in the evening"),
        (21, 45, "a quarter to ten in the evening"),
        (23, 50, "ten to twelve at night"),
        (0, 20, "twenty past twelve at night"),
        (11, 59, "one minute to twelve in the morning"),
        (12, 59, "one minute to one in the afternoon"),
        (5, 0, "five o'clock in the morning"),
        (22, 0, "ten o'clock at night"),
        (4, 59, "one minute to five at night"),
    ],
)
def test_a_time_is_said_in_words(hour, minute, said):
    assert spoken_time(datetime(2027, 1, 1, hour, minute)) == said


@pytest.mark.parametrize(
    ("hours", "part"),
    [
        (range(5, 12), "in the morning"),
        (range(12, 18), "in the afternoon"),
        (range(18, 22), "in the evening"),
        ((22, 23, 0, 1, 2, 3, 4), "at night"),
    ],
)
def test_every_hour_is_in_a_part_of_the_day(hours, part):
    assert {part_of_day(hour) for hour in hours} == {part}


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (1, "first"), (2, "second"), (3, "third"), (4, "fourth"), (5, "fifth"), (8, "eighth"),
        (9, "ninth"), (12, "twelfth"), (13, "thirteenth"), (20, "twentieth"),
        (22, "twenty second"), (30, "thirtieth"), (31, "thirty first"),
    ],
)  # fmt: skip
def test_a_day_of_the_month_is_said_as_an_ordinal(day, said):
    assert f"the {said} of January" in spoken_date(datetime(2027, 1, day))


def test_a_date_is_said_with_its_weekday():
    assert spoken_date(FRIDAY) == "Friday, the first of January"


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (FRIDAY.replace(hour=18, minute=0), "at six o'clock in the evening"),
        (datetime(2027, 1, 2), "tomorrow at midnight"),
        (datetime(2027, 1, 3, 12), "on Sunday at noon"),
        (datetime(2027, 1, 7, 12), "on Thursday at noon"),
        (datetime(2027, 1, 8, 12), "on Friday, the eighth of January at noon"),
    ],
)
def test_a_moment_is_said_with_its_day_unless_it_is_today(moment, said):
    assert spoken_moment(moment, FRIDAY) == said


@pytest.mark.parametrize(
    ("choices", "said"),
    [(["a"], "a"), (["a", "b"], "a or b"), (("a", "b", "c"), "a, b or c")],
)
def test_a_choice_is_said_with_or_before_the_last(choices, said):
    assert one_of(choices) == said
