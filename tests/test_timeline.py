"""Emotion over time, as rows of blocks."""

import pytest
from rich.console import Console
from rich.text import Text

from assistant.cli.timeline import (
    COLOURS,
    LETTERS,
    MOST_ROWS,
    clock,
    columns,
    precise_clock,
    rows,
    strip,
)
from assistant.emotion_stream import Moment, Timeline
from assistant.values import EMOTIONS
from tests.fakes import estimate


def timeline(duration_s, *spans):
    return Timeline(
        duration_s,
        tuple(
            Moment(number, start_s, end_s, estimate(label, certain=certain), True)
            for number, (start_s, end_s, label, certain) in enumerate(spans, 1)
        ),
    )


def printed(text, width):
    console = Console(width=width)
    with console.capture() as capture:
        console.print(text, soft_wrap=True)
    return capture.get().splitlines()


def luminance(colour):
    """Relative luminance, 0 to 1; WCAG 2.2, section 5."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4
        for share in shares
    ]
    return sum(
        weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True)
    )


def test_each_label_has_a_letter_and_a_colour_of_its_own():
    assert list(LETTERS) == list(COLOURS) == list(EMOTIONS)
    assert "".join(LETTERS.values()) == "NCHSAFDU"
    assert len(set(COLOURS.values())) == len(EMOTIONS)


@pytest.mark.parametrize("label", EMOTIONS)
def test_a_letter_is_readable_on_its_colour(label):
    (span,) = strip([estimate(label)]).spans
    light, dark = sorted(
        (luminance(span.style.color.name), luminance(span.style.bgcolor.name)), reverse=True
    )
    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.2, 1.4.3


def test_a_letter_is_small_where_it_is_not_sure_and_a_dot_where_nobody_speaks():
    blocks = [
        None, estimate("sad", certain=True), estimate("sad", certain=False),
        estimate("surprised", 0.6), estimate("surprised", 0.4),
    ]  # fmt: skip
    assert strip(blocks).plain == "·SsUu"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_session_is_rows_of_whole_ten_seconds_with_their_times(width):
    lines = printed(rows(timeline(61.0, (0.0, 61.0, "calm", True)), width), width)
    row_s = {60: 20, 80: 30, 120: 50}[width]
    assert columns(width) == 2 * row_s
    assert lines[1].split() == [f"+0:{mark_s:02}" for mark_s in range(0, row_s, 5)]
    drawn = [line.split() for line in lines[2:-1]]
    assert [time for time, _ in drawn] == [clock(at) for at in range(0, 61, row_s)]
    assert "".join(blocks for _, blocks in drawn) == "C" * 122
    assert lines[-1].split() == ["C", "calm", "61", "s"]
    assert max(map(len, lines)) <= width


def test_the_ruler_stands_over_its_block():
    lines = printed(rows(timeline(20.0, (5.0, 5.5, "angry", True)), 80), 80)
    assert lines[2].index("A") == lines[1].index("+0:05")


@pytest.mark.parametrize("hours", [0.5, 3, 20])
def test_a_long_session_has_longer_blocks_and_no_more_rows(hours):
    whole = timeline(3600 * hours, (1000.0, 1001.0, "happy", True))
    lines = printed(rows(whole, 60), 60)
    assert len(lines) <= MOST_ROWS + 3
    assert sum(line.count("H") for line in lines[2:-1]) == 1
    assert max(map(len, lines)) <= 60


@pytest.mark.parametrize("width", [60, 80])
def test_what_the_letters_mean_is_told_of_those_that_occur(width):
    spans = [(2.0 * at, 2.0 * at + 1.5, label, True) for at, label in enumerate(EMOTIONS)]
    lines = printed(rows(timeline(16.0, *spans), width), width)
    told = " ".join(lines[3:]).split()
    expected = [f"{LETTERS[label]} {label} 1.5 s" for label in EMOTIONS]
    assert " ".join(told) == " ".join(expected)
    assert max(map(len, lines)) <= width
    assert "angry" not in rows(timeline(16.0, *spans[:3]), width).plain


def test_times_are_read_as_on_a_clock():
    assert [clock(at) for at in (0, 59.9, 60, 3600, 36_061)] == [
        "0:00", "0:59", "1:00", "1:00:00", "10:01:01",
    ]  # fmt: skip
    assert [precise_clock(at) for at in (0, 59.94, 59.96, 3661.25)] == [
        "0:00.0", "0:59.9", "1:00.0", "1:01:01.2",
    ]  # fmt: skip


def test_an_empty_strip_is_no_text():
    assert strip([]) == Text()
