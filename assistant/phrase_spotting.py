"""Phrases that somebody waits for: their grammar, and whether one of them was said.

A recogniser of open dictation knows 130 000 words and finds some of them in any sound. Who
waits for a few phrases only can be told more surely: the same sound is decoded with a grammar
of nothing but these phrases, and what both cost is compared.

The decoder's score is the logarithm of how well the sound fits the words, and of how likely
the words are: dictation pays for each word what the language model asks for it, the grammar
only for the choice of a phrase. Dictation finds words that fit any sound rather well, the
grammar only for the sound of a phrase.
"""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

MARGIN = 0.75
"""How much worse than dictation a phrase may fit, nats a frame of 10 ms.

Chosen on what `make bench-recognition` prints: phrases spoken by three voices of flite fit 0.2
worse to 0.9 better, mixed with noise at 10 dB 0.6 worse to 0.7 better, for then dictation bends
its words to the noise. Ordinary sentences fit 1.2 to 7 worse, in noise 0.5 to 4 worse."""

SHIFT_BITS = 10
"""PocketSphinx keeps only the upper bits of its logarithms (SENSCR_SHIFT in its hmm.h)."""

FRAME_S = 0.01

_WORD = re.compile(r"[a-z]+(?:['.][a-z]+)*\.?")

Transition = tuple[int, int, float, str]
"""From which state to which, with what probability, over which word."""


@dataclass(frozen=True)
class Phrases:
    """Phrases that the dictionary has all words of."""

    declared: dict[str, str]
    """What is said, in the dictionary's words, to the phrase as it was declared."""
    unknown: tuple[str, ...] = ()
    """Words that the dictionary lacks; the phrases that hold them were left out."""


def usable(declared: Iterable[str], has_word: Callable[[str], bool]) -> Phrases:
    """Return those of the phrases that can be listened for, in the dictionary's words."""
    fit: dict[str, str] = {}
    unknown: dict[str, None] = {}
    for phrase in declared:
        words = phrase.casefold().split()
        spelled = [match.group() if (match := _WORD.match(word)) else word for word in words]
        lacking = [word for word in spelled if not has_word(word)]
        if lacking:
            unknown.update(dict.fromkeys(lacking))
        elif spelled:
            fit.setdefault(" ".join(spelled), phrase)
    return Phrases(fit, tuple(unknown))


def transitions(phrases: Sequence[str]) -> list[Transition]:
    """Return the grammar: one of the phrases, from state 0 to state 1, all equally likely."""
    arcs: list[Transition] = []
    n_states = 2
    for phrase in phrases:
        words = phrase.split()
        inner = range(n_states, n_states + len(words) - 1)
        n_states += len(inner)
        states = [0, *inner, 1]
        chances = [1 / len(phrases)] + [1.0] * len(inner)
        arcs += zip(states[:-1], states[1:], chances, words, strict=True)
    return arcs


def natural_log(score: float) -> float:
    """Return the true logarithm of what PocketSphinx's Python interface gives as a score.

    It takes the exponential of a logarithm that was cut by `SHIFT_BITS`.
    """
    return math.log(score) * 2**SHIFT_BITS if score > 0 else -math.inf


def is_likelier(phrase_score: float, dictated_score: float, duration_s: float) -> bool:
    """Return whether a phrase was said rather than what was dictated.

    Args:
        phrase_score: logarithm of how likely sound and phrase are, nats.
        dictated_score: the same of the sound and the words dictated.
        duration_s: length of the sound, s.
    """
    return phrase_score > dictated_score - MARGIN * duration_s / FRAME_S
