"""What a language model writes, piece by piece, as sentences that can be spoken.

For a plugin that talks with a model::

    text = StreamedText()
    for piece in pieces_of_the_answer:
        yield from text.add(piece)
    yield from text.end()

The sentences of "**Good.*", "* How are", " you" are "Good." and "How are you.". Code and
thoughts are left out, markup and emoji as well.
"""

import re

from assistant.sentences import first_sentence_end, is_sayable, is_whole

LONG_CHARACTERS = 240
"""A sentence that is longer is said in parts."""

FEW_WORDS = 3
"""With fewer a sentence is not begun that may never be ended."""

HIDDEN = {"```": "```", "<think>": "</think>"}
"""What begins a part that is not said, code or thoughts, to what ends it."""

_HIDDEN_BEGIN = re.compile("|".join(HIDDEN))
_MAYBE_HIDDEN = re.compile(r"(?:``?|<t?h?i?n?k?)\Z")
"""What the next piece may make such a beginning."""

_CLAUSE = re.compile(r"[,;:–—]\s|[，；：、]")
_SPACE = re.compile(r"\s+")
"""Where a sentence is cut at best, and where else."""

SPOKEN: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), by)
    for pattern, by in (
        # Emoji, signs like them, and what joins or colours them; halves of characters.
        ("\\s*[\U0001f000-\U0001faff\u2190-\u21ff\u2300-\u23ff\u2600-\u27bf\u2b00-\u2bff"
         "\ufe0f\u200d\u20e3\U000e0020-\U000e007f\ud800-\udfff]+", ""),
        (r"^\s*(?:(?:#{1,6}|>|[-*+•])\s+)+", ""),  # headings, quotations, bullets
        (r"!?\[([^\]]*)\]\([^)]*\)", r"\1"),  # links: their text
        (r"\]\([^)\s]*\)|\[\^?\d+\]|[\[\]]", ""),  # halves of links, and footnotes
        (r"https?://(?:www\.)?([\w.-]*\w)[^\s<>)]*?(?=[.,;:!?]*(?:[\s<>)]|\Z))", r"\1"),
        (r"</?[a-zA-Z]+\s*/?>", " "),
        (r"(?<=\d)\s*\*\s*(?=\d)", " times "),
        (r"[*`\\]+|~~", ""),
        (r"(?<!\w)_+|_+(?!\w)", ""),
        (r"_", " "),
        (r"\s*\|\s*", ", "),  # a table's row becomes a list
    )
)  # fmt: skip
"""What is not said, and what is said instead; in this order."""


def plain(text: str) -> str:
    """Return a sentence of a model as it is spoken; empty where nothing is left of it.

    One that ends with its line, without a mark, gets a full stop.
    """
    said = text
    for pattern, by in SPOKEN:
        said = pattern.sub(by, said)
    said = " ".join(said.split())
    if "|" in text:
        said = said.strip(", ")
    if not is_sayable(said):
        return ""
    is_line = "\n" in text[len(text.rstrip()) :]
    return f"{said}." if is_line and said[-1].isalnum() else said


class StreamedText:
    """A text that comes in pieces of any size, and leaves in sentences to be spoken.

    Each call returns what can be said now, and forgets it.
    """

    def __init__(self) -> None:
        """Begin a text."""
        self._new = ""
        """What may still turn out to be hidden."""
        self._shown = ""
        """The sentence that is not whole yet."""
        self._hidden_to = ""
        """What ends the hidden part that goes on; empty where none does."""

    def add(self, piece: str) -> list[str]:
        """Return the sentences that are whole with this piece.

        One of more than `LONG_CHARACTERS` is whole at a clause, else at a word.
        """
        self._new += piece
        self._show()
        found: list[str] = []
        while end := _sentence_end(self._shown):
            found += self._taken(end)
        return found

    def end(self) -> list[str]:
        """Return what is left, when the text is over."""
        return [*self.add("\n"), *self._taken(len(self._shown))]

    def begun(self) -> list[str]:
        """Return the beginning of the sentence that is not whole, for who cannot wait longer.

        Up to a clause, else to a word; nothing where that is fewer than `FEW_WORDS` words.
        """
        text = self._shown
        if is_whole(text):
            return self._taken(len(text))
        for cut in (_last_end(_CLAUSE, text), _last_end(_SPACE, text)):
            if len(text[:cut].split()) >= FEW_WORDS:
                return self._taken(cut)
        return []

    def _taken(self, end: int) -> list[str]:
        text, self._shown = self._shown[:end], self._shown[end:]
        said = plain(text)
        return [said] if said else []

    def _show(self) -> None:
        """Move what is not hidden."""
        while self._new:
            if self._hidden_to:
                _, found, rest = self._new.partition(self._hidden_to)
                self._new = rest if found else self._new[1 - len(self._hidden_to) :]
                if not found:
                    return
                self._hidden_to = ""
            elif begin := _HIDDEN_BEGIN.search(self._new):
                self._shown += self._new[: begin.start()] + "\n"
                self._new = self._new[begin.end() :]
                self._hidden_to = HIDDEN[begin[0]]
            else:
                maybe = _MAYBE_HIDDEN.search(self._new)
                n_sure = maybe.start() if maybe else len(self._new)
                self._shown += self._new[:n_sure]
                self._new = self._new[n_sure:]
                return


def _sentence_end(text: str) -> int:
    """Return where the first sentence ends, or is cut; 0 where it may still go on."""
    end = first_sentence_end(text[: LONG_CHARACTERS + 1])  # one sees what follows its end
    if end or len(text) <= LONG_CHARACTERS:
        return end
    window = text[:LONG_CHARACTERS]
    return _last_end(_CLAUSE, window) or _last_end(_SPACE, window) or len(window)


def _last_end(pattern: re.Pattern[str], text: str) -> int:
    """Return where the last match ends; 0 where there is none."""
    return max((match.end() for match in pattern.finditer(text)), default=0)
