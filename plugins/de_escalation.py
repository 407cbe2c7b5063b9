"""Softens replies to an angry voice: slower, lower, without cheer, and short if it stays angry.

It adds nothing, changes no number and no fact, and leaves a question whole.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile

from assistant import AssistantError, Context, EmotionEstimate, Reply, Style, Turn
from assistant.sentences import split_sentences

SHORT_WORDS = 4
"""An answer of so few words keeps them."""

PRAISE = (
    r"(?:great|good|lovely|wonderful|fantastic|awesome|amazing|excellent|perfect|super"
    r"|brilliant|terrific|marvell?ous|splendid|nice|sweet|cool|fun|funny|exciting|delightful)"
)
INTERJECTION = (
    r"(?:(?:hip,? )*(?:hooray|hurray|hurrah)|yay|yippee|woo ?hoo|wow|(?:ha[ ,-]*){2,}h?"
    r"|(?:hee?[ ,-]*){2,})"
)
OPENER = (
    rf"(?:(?:oh,? )?(?:{PRAISE}|{INTERJECTION})"
    rf"|(?:how|what|(?:that(?:'s| is| sounds)|sounds)(?: so| really)?) {PRAISE}(?: to hear)?"
    rf"|(?:what an? )?{PRAISE} (?:news|idea|choice|question|day|job))!+"
)
"""A cheerful exclamation. With a full stop it may be an answer, and stays."""

BEGINNING = rf"(?:oh,? )?(?:{INTERJECTION}|great|wonderful|awesome|fantastic), (?=\w.*!)"
"""A cheerful beginning of an exclamation."""

TAIL = (
    rf"(?:{INTERJECTION}|get it|keep it up|cheers"
    rf"|(?:what|that was|isn't (?:that|it)) {PRAISE}|have (?:fun|an? {PRAISE} \w+)"
    r"|enjoy(?: it| yourself| your \w+)?)[.!?…]*"
)
"""A cheerful ending, as jokes have it."""

CAPITAL_OR_END = r"(?=[\"')\]”’]*(?:\s+[\"'“‘(]?[A-ZÀ-Þ]|\s*$))"
EXCLAMATION = re.compile(rf"(?<![\d!])!+(?![=\w])|(?<=\d)!+{CAPITAL_OR_END}")
"""Not the sign in "5! is 120", nor that in "!="."""


@dataclass
class Settings:
    """The table ``[plugins.de_escalation]`` of the settings file.

    The factors are those of the assistant's own manner towards an angry voice.

    Raises:
        AssistantError: one of them is out of its bounds.
    """

    rate: float = 0.88
    """By which the speed of a reply is multiplied, 0.5 to 1."""
    volume: float = 0.8
    """By which its loudness is multiplied, 0.5 to 1."""
    pitch: float = 0.8
    """By which its pitch is multiplied, 0.5 to 1."""
    angry_turns: int = 3
    """From so many angry turns in a row on replies are short; at least 1."""
    sentences: int = 2
    """So many a short reply has; at least 1."""

    def __post_init__(self) -> None:
        for name in ("rate", "volume", "pitch"):
            if not 0.5 <= getattr(self, name) <= 1:
                raise AssistantError(f"{name} must be 0.5 to 1, got {getattr(self, name)}")
        for name in ("angry_turns", "sentences"):
            if getattr(self, name) < 1:
                raise AssistantError(f"{name} must be at least 1, got {getattr(self, name)}")


def adapt(reply: Reply, emotion: EmotionEstimate | None, context: Context) -> Reply | None:
    """Return a softer reply to an angry voice; None leaves it to others, and typed words."""
    if not is_angry(emotion):
        return None
    settings = context.settings
    stays_angry = 1 + n_angry(context.conversation.turns) >= settings.angry_turns
    text = softer(reply, settings.sentences if stays_angry else None)
    changed = replace(reply, text=text, style=slower(reply.style, settings))
    return None if changed == reply else changed


def is_angry(emotion: EmotionEstimate | None) -> bool:
    """Return whether the voice is angry for sure."""
    return emotion is not None and emotion.label == "angry" and emotion.is_reliable


def n_angry(turns: Iterable[Turn]) -> int:
    """Return how many of the last turns were angry, without one between them that was not."""
    latest_first = reversed(tuple(turns))
    return len(tuple(takewhile(lambda turn: is_angry(turn.mood), latest_first)))


def slower(style: Style | None, settings: Settings) -> Style | None:
    """Return the style, slower, softer and lower, within the limits of a style.

    Without one the assistant chooses its manner towards an angry voice, which is so already.
    """
    if style is None:
        return None
    return Style(
        within(style.rate * settings.rate, 0.5, 2.0),
        within(style.volume * settings.volume, 0.0, 1.0),
        within(style.pitch * settings.pitch, 0.5, 2.0),
    )


def within(value: float, least: float, most: float) -> float:
    """Return the value, or the limit that it is beyond."""
    return max(least, min(value, most))


def softer(reply: Reply, n_sentences: int | None) -> str:
    """Return the words without cheer, and at most so many sentences of them.

    A question is not cut: what it asks about may be anywhere in it.
    """
    if len(reply.text.split()) <= SHORT_WORDS:
        return reply.text
    is_question = reply.asks_s > 0
    kept = without_cheer(split_sentences(reply.text.strip()), is_question)
    if not is_question:
        kept = kept[:n_sentences]
    return without_exclamation("".join(kept).strip())


def without_cheer(found: list[str], is_question: bool) -> list[str]:
    """Return the sentences without the cheerful ones; all of them where none would be left."""
    kept = [sentence for sentence in found if not is_like(OPENER, sentence)]
    while kept and not is_question and is_like(TAIL, kept[-1]):
        kept.pop()
    return [without_beginning(sentence) for sentence in kept] or found


def is_like(words: str, sentence: str) -> bool:
    """Return whether the sentence is of that form, a regular expression, from end to end."""
    said = sentence.strip().replace("’", "'")
    return re.fullmatch(words, said, re.IGNORECASE) is not None


def without_beginning(sentence: str) -> str:
    """Return "Great, it works!" as "It works!"."""
    match = re.match(BEGINNING, sentence, re.IGNORECASE)
    return sentence[match.end()].upper() + sentence[match.end() + 1 :] if match else sentence


def without_exclamation(text: str) -> str:
    """Return a text in which nothing is exclaimed."""
    calm = re.sub(r"(?<=[.?…,;:])!+|!+(?=[.?…,;:])|¡", "", text)
    return EXCLAMATION.sub(".", calm)
