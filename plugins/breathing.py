"""Offers a guided breath to an angry or frightened voice, and breathes with whoever asks.

It asks first, and seldom: not where something was asked for, and never in a crisis.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

from assistant import (
    AssistantError,
    Context,
    Reply,
    Style,
    Utterance,
    Wordings,
    crisis_reply,
    is_no,
    is_yes,
    plain_words,
)
from assistant.spoken_times import in_words


@dataclass
class Settings:
    """The table ``[plugins.breathing]`` of the settings file.

    Raises:
        AssistantError: one of them is out of its bounds.
    """

    every_s: float = 600.0
    """Shortest time from one offer to the next, s."""
    least_confidence: float = 0.5
    """How sure it must be that the voice is angry or fearful, 0 to 1."""
    rounds: int = 4
    """Breaths of one exercise, 1 to 20."""
    pattern: str = "4-6"
    """``4-6``: out longer than in; ``box``: in, hold, out, hold."""

    def __post_init__(self) -> None:
        if self.every_s < 0:
            raise AssistantError(f"every_s must be at least 0, got {self.every_s}")
        if not 0 <= self.least_confidence <= 1:
            raise AssistantError(
                f"least_confidence must be 0 to 1, got {self.least_confidence}"
            )
        if not 1 <= self.rounds <= MOST_BREATHS:
            raise AssistantError(f"rounds must be 1 to {MOST_BREATHS}, got {self.rounds}")
        if self.pattern not in PATTERNS:
            raise AssistantError(f"pattern must be 4-6 or box, got {self.pattern!r}")


def respond(utterance: Utterance, context: Context) -> Reply | Iterator[Reply] | None:
    """Return a guided breath where it is wanted, an offer of one where it may help, or None."""
    return answer(utterance, context, time.time())


def answer(
    utterance: Utterance, context: Context, now_s: float
) -> Reply | Iterator[Reply] | None:
    """Return what `respond` does, at a time in seconds since 1970."""
    words = " ".join(plain_words(utterance.transcript.text))
    if crisis_reply(utterance.transcript.text) or re.search(SHORT_OF_BREATH, words):
        return None
    if is_request(words) or (context.is_answer and is_yes(words, WELCOME)):
        context.store["offered_s"] = now_s
        return guided(context.settings)
    if context.is_answer:
        return Reply(DECLINED.next()) if is_no(words) else None
    if is_upset(utterance, context.settings) and is_moment(words, context, now_s):
        context.store["offered_s"] = now_s
        return Reply(OFFERS.next(), asks_s=ANSWER_S)
    return None


# When it is offered, and when given.

WELCOME = (
    r"(?:why not|i do|we (?:can|shall|should|could)|(?:it|that) (?:would|might|may|could) help)"
)
"""A yes to an offer, beside what is one to any question."""

SHORT_OF_BREATH = (
    r"\b(?:can'?t|cannot|can not|couldn'?t|hardly|barely|hard to|trouble|difficulty"
    r"|struggl\w+ to|unable to) (?:\w+ )?(?:breath|get (?:any |enough )?air)"
    r"|\b(?:choking|asthma|chest|heart attack|bleeding)\b"
)
"""Who says so may need a doctor, and no exercise, even where it is no call for help yet.

It is wider than what `crisis_reply` answers: it needs not tell who is meant, or when."""

REQUEST = (
    r"\b(?:breath(?:e|ing)? (?:slowly |together )*with me|let(?:'?s| us) breathe"
    r"|(?:^|please |you )calm me down"
    r"|(?:help me(?: to)?|(?:^|and |but |so )i (?:need|want) to)"
    r" (?:calm down|relax|calm myself)"
    # Others are to be calmed in another way.
    r"(?! (?:my|the|our|his|her|a|him|them)\b)"
    r"|(?:start|begin|do|try|want|need|give me|show me) (?:an? |the |some )?"
    r"(?:guided breath|breathing exercise)\w*|^breathing exercise$)"
)
REFUSED = r"\b(?:do(?:es)?n'?t|do(?:es)? not|didn'?t|not|never|stop|no)(?: [\w']+){0,2} $"
"""Before a request it makes it none."""

ASKED = (
    r"^(?:(?:please|hey|hi|hello|okay|ok|well|and|so|but|now|then|just|oh|um|uh|i (?:said|asked"
    r"|told you to|asked you(?: to)?|want(?:ed)? you to|need you to)) )*"
    r"(?:(?:what|who|where|how|when)s?|whom|whose|which|why|is|are|am|was|were|do|does|did"
    r"|can|could|will|would|should|shall|may|set|start|stop|begin|end|play|pause|turn|switch"
    r"|tell|take|delete|cancel|remove|erase|clear|forget|put|add|give|show|open|close|call"
    r"|remind|remember|note|write|read|repeat|say|make|keep|wake|count|next|list|find|search"
    r"|help|spell|translate|resume|good ?bye|bye|good ?night|thanks|thank)\b"
)
"""How a question, a command or a farewell begins: to these there is something better to say."""


def is_request(words: str) -> bool:
    """Return whether somebody wants to be calmed."""
    found = re.search(REQUEST, words)
    return found is not None and not re.search(REFUSED, words[: found.start()])


def is_upset(utterance: Utterance, settings: Settings) -> bool:
    """Return whether the voice is angry or fearful for sure; typed words have none."""
    emotion = utterance.emotion
    if emotion is None or emotion.label not in ("angry", "fearful"):
        return False
    return emotion.is_reliable and emotion.confidence >= settings.least_confidence


def is_moment(words: str, context: Context, now_s: float) -> bool:
    """Return whether nothing was asked for, and the last offer is long enough ago."""
    if not words or re.match(ASKED, words) or is_yes(words, WELCOME) or is_no(words):
        return False
    since_s: float = now_s - context.store.get("offered_s", float("-inf"))
    return not 0 <= since_s < context.settings.every_s  # the clock may have been set back


# What is said.

ANSWER_S = 20.0
"""For so long the question waits for a yes or no, s."""
OFFERS = Wordings(
    "Would it help to breathe slowly together for a minute?",
    "Shall we take a few slow breaths together?",
    "If you like, we breathe together for a moment. Shall we?",
)
DECLINED = Wordings(
    "All right. I am here if you want to talk.",
    "That is fine. Just say, breathe with me, if you want to later.",
)
BEGINNINGS = Wordings(
    "Good. Let your shoulders sink, and breathe only as deeply as feels good.",
    "All right. Sit as you like, and breathe only as deeply as feels good.",
)
LAST_TIME = "And once more."
ENDINGS = Wordings(
    "That was it. Let your breath find its own pace.",
    "That is all. Now breathe as you like.",
)

PATTERNS = {
    "4-6": (("Breathe in", 4), ("Breathe out", 6)),
    "box": (("Breathe in", 4), ("Hold", 4), ("Breathe out", 4), ("Hold", 4)),
}
"""What to do, and for how many counts of about a second.

Both are slow breathing, which Zaccaro et al. 2018 (Frontiers in Human Neuroscience 12:353)
review: less than ten breaths a minute. 4-6 makes six a minute, the box not quite four. The
box is one of the exercises that Balban et al. 2023 (Cell Reports Medicine 4:100895) compare."""
COUNTS = tuple(in_words(count) for count in range(1, 7))
MOST_BREATHS = 20
"""Of one exercise: its words still fit into a reply."""
MANNER = Style(rate=0.7, volume=0.8, pitch=0.9)
"""So eSpeak NG takes 10.6 s to count a breath of 4-6, and 17.6 s for one of the box, where the
voice has its usual 170 words a minute: who follows needs no pause."""


def guided(settings: Settings) -> Iterator[Reply]:
    """Yield the exercise, sentence by sentence."""
    yield spoken(BEGINNINGS.next())
    for number in range(1, settings.rounds + 1):
        if number == settings.rounds > 1:
            yield spoken(LAST_TIME)
        for what, n_counts in PATTERNS[settings.pattern]:
            yield spoken(f"{what}, {', '.join(COUNTS[:n_counts])}.")
    yield spoken(ENDINGS.next())


def spoken(text: str) -> Reply:
    """Return a sentence of the exercise, which no other plugin may make faster or shorter."""
    return Reply(text, style=MANNER, is_fixed=True)
