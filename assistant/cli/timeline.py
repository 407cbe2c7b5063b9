"""Emotion over time, as blocks: a letter and a colour for each stretch of time."""

from collections.abc import Iterable

from rich.style import Style
from rich.text import Text

from assistant.emotion_stream import BLOCK_S, Timeline
from assistant.values import EMOTIONS, EmotionEstimate

COLOURS = {
    "neutral": "#999999",
    "calm": "#009E73",
    "happy": "#F0E442",
    "sad": "#0072B2",
    "angry": "#D55E00",
    "fearful": "#CC79A7",
    "disgust": "#E69F00",
    "surprised": "#56B4E9",
}
"""Those of M. Okabe and K. Ito 2008, "Color Universal Design", that the colour-blind tell
apart, with grey for black."""

SILENCE = "·"
TIME_WIDTH = 8  # columns of `clock`, up to 9:59:59, and a space

MOST_ROWS = 20
STEPS_S = (BLOCK_S, 1, 2, 5, 10, 30, 60, 120, 300, 600)
"""Lengths that a block may have, s: the first with which there are at most `MOST_ROWS`."""


def letters() -> dict[str, str]:
    """Return the letter of each label: its first that no label before it has."""
    found: dict[str, str] = {}
    for label in EMOTIONS:
        found[label] = next(sign for sign in label.upper() if sign not in found.values())
    return found


LETTERS = letters()


def colour(label: str) -> Style:
    """Return the style of a bar of that label."""
    return Style(color=COLOURS[label])


def block(label: str, text: str) -> tuple[str, Style]:
    """Return ``text`` on the label's colour."""
    is_dark = (
        label == "sad"
    )  # the blue: black on it has a contrast of 4, on all others of at least 5.4
    return text, Style(color="#FFFFFF" if is_dark else "#000000", bgcolor=COLOURS[label])


def strip(blocks: Iterable[EmotionEstimate | None]) -> Text:
    """Return one column for each block: its letter, in lower case where it is not reliable."""
    text = Text(no_wrap=True)
    for emotion in blocks:
        if emotion is None:
            text.append(SILENCE, "dim")
            continue
        letter = LETTERS[emotion.label]
        text.append(*block(emotion.label, letter if emotion.is_reliable else letter.lower()))
    return text


def columns(width: int) -> int:
    """Return how many blocks stand in a row of a terminal of that width: whole 10 s."""
    return max(20, min(120, (width - TIME_WIDTH) // 20 * 20))


def clock(time_s: float) -> str:
    """Return a time as ``0:07`` or ``1:02:07``."""
    minutes, seconds = divmod(int(time_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def precise_clock(time_s: float) -> str:
    """Return a time as ``0:07.4``."""
    tenths = round(time_s * 10)
    return f"{clock(tenths // 10)}.{tenths % 10}"


def rows(timeline: Timeline, width: int) -> Text:
    """Return a whole stream as rows of blocks under a ruler, and what the letters mean."""
    n_columns = columns(width)
    step_s = next(
        (step for step in STEPS_S if timeline.duration_s <= step * n_columns * MOST_ROWS),
        STEPS_S[-1],
    )
    blocks = timeline.blocks(step_s)
    text = Text(f"Over time: a letter each {step_s:g} s, small where not sure\n")
    marks = range(0, min(n_columns, len(blocks)), 10)
    ruler = "".join(f"{'+' + clock(mark * step_s):<10}" for mark in marks)
    text.append(f"{'':{TIME_WIDTH}}{ruler.rstrip()}\n", "dim")
    for first in range(0, len(blocks), n_columns):
        text.append(f"{clock(first * step_s):>{TIME_WIDTH - 1}} ", "dim")
        text.append_text(strip(blocks[first : first + n_columns])).append("\n")
    return text.append_text(_legend(timeline, width))


def _legend(timeline: Timeline, width: int) -> Text:
    """Return each label that occurs, with how long in all."""
    heard = [emotion.label for emotion in timeline.blocks() if emotion]
    text, used = Text(), 0
    for label in EMOTIONS:
        if label not in heard:
            continue
        letter, words = f" {LETTERS[label]} ", f" {label} {heard.count(label) * BLOCK_S:g} s"
        if used:
            gap = "   " if used + len(f"   {letter}{words}") <= width else "\n"
            text.append(gap)
            used = used + 3 if gap != "\n" else 0
        text.append(*block(label, letter)).append(words)
        used += len(letter + words)
    return text
