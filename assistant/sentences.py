"""Where a sentence ends, and what a text holds that can be spoken, in parts for a voice.

A sentence ends with a mark and the space behind it, or with a line. It goes on before a small
letter, a dash or the like, after an abbreviation, an initial ("J. Smith") and a number that
numbers what follows ("1. Boil water."). Where it is not sure that it ends, it does not. In
scripts without spaces the mark is enough.
"""

import logging
import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

PIECE_CHARACTERS = 500
"""Longest text given to an engine: eSpeak's driver reads past its end, fatally from 15 kB."""

MAX_CHARACTERS = 5_000
"""Longer texts are cut here, at the end of a sentence: about six minutes of speech."""

_MARKS = ".!?…؟।"
_WIDE_MARKS = "。！？"
"""Marks of scripts without spaces."""

_OPENING = "\"'([“‘«*_"
_CLOSING = "\"'”’»)]*_`"
_WIDE_CLOSING = "」』”’"
"""What may stand between a mark and what follows the sentence; * _ ` are markup."""

_GAP = re.compile(
    rf"""
    ((?<![{_MARKS}]) [{_MARKS}]++ [{re.escape(_CLOSING)}]*+)?
    ((?<!\s) \s++) (?=\S)
    | (?<![{_WIDE_MARKS}]) [{_WIDE_MARKS}]++ [{_WIDE_CLOSING}]*+ (?=[^{_WIDE_MARKS}])
    """,
    re.VERBOSE,
)
"""Where a sentence may end: a group for the mark and one for the space behind it.

No run is read twice, so that a text of nothing but marks takes no time.
"""

_ABBREVIATIONS = frozenset({
    "mr", "mrs", "ms", "dr", "prof", "st", "sr", "jr", "gen", "sen", "rev", "mt", "inc", "ltd",
    "vs", "etc", "approx", "ca", "fig", "jan", "feb", "apr", "aug", "sept", "oct", "nov", "dec",
})  # fmt: skip
"""With a point behind them they seldom end a sentence."""

_INITIALS = re.compile(r"(?:[^\W\d]\.)*[^\W\d]")
"""Nor do these: J., e.g., p.m."""

_JOINING = frozenset("+-−×÷/=–—,;:")
"""Before these a sentence goes on: "5! + 3 is 123", "Well... – perhaps"."""

_LOOK_BACK_CHARACTERS = 100
"""What is looked at before a mark; enough for words, and little in a text without any."""

_PIECE_END = re.compile(r"[.!?…:;][\"')\]]*\s|[。！？]")
"""Where a text that is too long may be cut: a clause will do."""

_LOG = logging.getLogger("tonewise.speech")


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text, each with the space behind it.

    Nothing is left out: joined they are the text.
    """
    ends = [0, *_ends(text), len(text)]
    return [text[begin:end] for begin, end in pairwise(ends) if begin < end]


def first_sentence_end(text: str) -> int:
    """Return where the first sentence of an unfinished text ends, and the space behind it.

    Returns:
        How many characters it has, or 0 where it may still go on: what follows decides.
    """
    return next(_ends(text), 0)


def is_whole(text: str) -> bool:
    """Return whether a sentence may end with the text: a mark is the last of it."""
    bare = text.rstrip().rstrip(_CLOSING + _WIDE_CLOSING)
    return bare.endswith(tuple(_MARKS + _WIDE_MARKS))


def _ends(text: str) -> Iterator[int]:
    begin = 0
    for gap in _GAP.finditer(text):
        before = text[max(begin, gap.start() - _LOOK_BACK_CHARACTERS) : gap.start()]
        mark, space = gap.groups()
        if _is_end(before, mark or "", space, text[gap.end()]):
            begin = gap.end()
            yield begin


def _is_end(before: str, mark: str, space: str | None, after: str) -> bool:
    """Return whether a sentence ends between the two; ``after`` is one character."""
    if space is None:
        return True  # of a script without spaces
    if after.islower() or not before.strip():
        return False
    if "\n" in space:
        return True
    if not mark or after in _JOINING:
        return False
    has_words = sum(map(str.isalpha, before)) > 1  # "1." numbers what follows
    return has_words and not (mark.startswith(".") and _is_abbreviation(before, after))


def _is_abbreviation(before: str, after: str) -> bool:
    """Return whether the point behind the last word belongs to it."""
    word = before.split()[-1].lstrip(_OPENING).casefold()
    if word == "no":
        return after.isdigit()
    return word in _ABBREVIATIONS or (word != "i" and bool(_INITIALS.fullmatch(word)))


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text`` that have something to say, each a piece at most.

    Speaking may begin with the first while the others are rendered.
    """
    found = [sentence for part in _parts(text) for sentence in split_sentences(part)]
    return [_in_one_line(sentence) for sentence in found if is_sayable(sentence)]


def is_sayable(text: str) -> bool:
    """Return whether there is a letter or a digit in it."""
    return any(map(str.isalnum, text))


def pieces(text: str) -> list[str]:
    """Return ``text`` in parts of at most `PIECE_CHARACTERS`, cut at sentence ends if possible.

    Without control characters, and not more than `MAX_CHARACTERS` in all.
    """
    return [_in_one_line(part) for part in _parts(text)]


def _parts(text: str) -> list[str]:
    """Return the parts with their line ends."""
    rest = _clean(text)
    parts: list[str] = []
    n_left = MAX_CHARACTERS
    while rest and n_left > 0:
        end = _cut(rest, min(PIECE_CHARACTERS, n_left))
        parts.append(rest[:end].strip())
        rest = rest[end:].strip()
        n_left -= end
    if rest:
        _LOG.warning("a text was too long to be spoken: its last %d characters", len(rest))
    return parts


def _clean(text: str) -> str:
    """Return the lines that are not blank, single spaces in them."""
    # Cs are halves of a character, which cannot be written as UTF-8.
    plain = "".join(
        " " if c != "\n" and unicodedata.category(c) in ("Cc", "Cs") else c for c in text
    )
    lines = map(_in_one_line, plain.split("\n"))
    return "\n".join(line for line in lines if line)


def _in_one_line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, most: int) -> int:
    """Return where to cut: after a sentence, else after a word, else in the middle of it."""
    if len(text) <= most:
        return len(text)
    window = text[: most + 1]
    ends = [match.end() for match in _PIECE_END.finditer(window) if match.end() <= most]
    last_space = max(window.rfind(" "), window.rfind("\n"))
    return ends[-1] if ends else last_space + 1 or most
