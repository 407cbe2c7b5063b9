"""What a text holds that can be spoken, in the parts that a voice is given."""

import logging
import re
import unicodedata

PIECE_CHARACTERS = 500
"""Longest text given to an engine: eSpeak's driver reads past its end, fatally from 15 kB."""

MAX_CHARACTERS = 5_000
"""Longer texts are cut here, at the end of a sentence: about six minutes of speech."""

_PIECE_END = re.compile(r"[.!?…:;][\"')\]]*\s|[。！？]")
_SENTENCE_END = re.compile(r"[.!?…؟।]+[\"')\]”’»]*\s+|[。！？]+[」』”’]*")

# A point after these, or after a single letter, seldom ends a sentence.
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "st", "no", "vs", "e.g", "i.e", "etc", "approx"}
)

_LOG = logging.getLogger("tonewise.speech")


def sentences(text: str) -> list[str]:
    """Return the sentences of ``text`` that have something to say, each a piece at most.

    Speaking may begin with the first while the others are rendered. Where it is not sure
    that a sentence ends, it does not.
    """
    found = [sentence for piece in pieces(text) for sentence in _sentences(piece)]
    return [sentence for sentence in found if is_sayable(sentence)]


def is_sayable(text: str) -> bool:
    """Return whether there is a letter or a digit in it."""
    return any(map(str.isalnum, text))


def _sentences(piece: str) -> list[str]:
    found, begin = [], 0
    for match in _SENTENCE_END.finditer(piece):
        if _ends_sentence(piece[begin : match.start()], match[0], piece[match.end() :]):
            found.append(piece[begin : match.end()].strip())
            begin = match.end()
    return [*found, piece[begin:]]


def _ends_sentence(before: str, mark: str, after: str) -> bool:
    """Return whether a sentence ends between the two, with ``mark``."""
    word = before.rpartition(" ")[2].lstrip("\"'([“‘«").casefold()
    is_short = mark.startswith(".") and (word in _ABBREVIATIONS or len(word) == 1)
    has_words = sum(map(str.isalpha, before)) > 1  # "1." numbers what follows
    return has_words and not is_short and not after[:1].islower()


def pieces(text: str) -> list[str]:
    """Return ``text`` in parts of at most `PIECE_CHARACTERS`, cut at sentence ends if possible.

    Without control characters, and not more than `MAX_CHARACTERS` in all.
    """
    # Cs are halves of a character, which cannot be written as UTF-8.
    clean = "".join(" " if unicodedata.category(c) in ("Cc", "Cs") else c for c in text)
    rest = " ".join(clean.split())
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


def _cut(text: str, most: int) -> int:
    """Return where to cut: after a sentence, else after a word, else in the middle of it."""
    if len(text) <= most:
        return len(text)
    window = text[: most + 1]
    ends = [match.end() for match in _PIECE_END.finditer(window) if match.end() <= most]
    return ends[-1] if ends else window.rfind(" ") + 1 or most
