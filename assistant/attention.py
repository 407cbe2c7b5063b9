"""Whether the assistant is meant: the wake phrase, and what may follow without it."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher

from assistant.words import WORD, plain_words

ALIKE = 0.75
"""How alike what was heard must be to the phrase, by `difflib.SequenceMatcher.ratio`:
recognisers write a name in many ways, but seldom have half of its letters wrong."""


@dataclass
class Attention:
    """Heeds what begins with a phrase, or comes soon after a reply."""

    wake_phrase: str = ""
    """Without one everything is heeded."""
    follow_up_s: float = 8.0
    """For so long after a reply the phrase may be left out, s."""
    clock: Callable[[], float] = time.monotonic
    _until_s: float = float("-inf")

    def heeded(self, text: str, began_s: float | None = None) -> str | None:
        """Return the words that are meant for the assistant, without the phrase.

        Args:
            text: what was said.
            began_s: when it was said, by the clock; None for now.

        Returns:
            None where it is not addressed; an empty text for the phrase alone.
        """
        wanted = plain_words(self.wake_phrase)
        if not wanted:
            return text
        said = list(WORD.finditer(text))
        counts = [n for n in range(len(wanted) - 1, len(wanted) + 2) if 0 < n <= len(said)]
        likeness = {n: _likeness(said[:n], "".join(wanted)) for n in counts}
        nearest = max(counts, key=likeness.__getitem__, default=0)
        if nearest and likeness[nearest] >= ALIKE:
            return text[said[nearest - 1].end() :].lstrip(" ,.!?:;-")
        is_soon = (self.clock() if began_s is None else began_s) <= self._until_s
        return text if is_soon else None

    def keep(self, for_s: float = 0.0) -> None:
        """Heed what is said in the next seconds without the phrase: there was a reply.

        Args:
            for_s: how long at least; a question is waited for longer, s.
        """
        self._until_s = self.clock() + max(self.follow_up_s, for_s)


def _likeness(said: list[re.Match[str]], wanted: str) -> float:
    heard = "".join(match.group().lower() for match in said)
    return SequenceMatcher(None, heard, wanted).ratio()
