"""The conversation so far, as plugins are given it."""

import time
from dataclasses import dataclass, replace
from datetime import datetime

from assistant.values import EMOTIONS, EmotionEstimate, Utterance, mean_emotion

KEPT_TURNS = 20
"""Older ones are forgotten."""

KEPT_CHARACTERS = 500
"""Of what was said in a turn, and of its reply."""

MOOD_S = 300.0
"""A mood is that of the last five minutes, s."""

USUAL_TURNS = 3
"""So many turns tell how somebody usually sounds."""


@dataclass(frozen=True)
class Turn:
    """What was said, how, and what was answered."""

    time_s: float
    """When, in seconds since 1970 (UTC)."""
    text: str
    """What was said, its first 500 characters."""
    emotion: EmotionEstimate | None = None
    """How; None for typed words."""
    duration_s: float = 0.0
    """Length of the speech in seconds; 0 for typed words."""
    reply: str = ""
    """What was answered, its first 500 characters; empty where nothing was."""
    plugin: str = ""
    """Which plugin answered; several are joined by ``+``."""

    felt: str = ""
    """How the person felt, by their own account: one of `EMOTIONS`; empty where they did not
    correct what was heard."""

    @property
    def time(self) -> datetime:
        """When, by the clock on the wall."""
        return datetime.fromtimestamp(self.time_s).astimezone()

    @property
    def mood(self) -> EmotionEstimate | None:
        """How the person sounded, or what they said of it; None for typed words."""
        if not self.felt:
            return self.emotion
        return EmotionEstimate({label: float(label == self.felt) for label in EMOTIONS}, True)


@dataclass(frozen=True)
class Conversation:
    """The last turns of this run; nothing of it outlives the program."""

    turns: tuple[Turn, ...] = ()
    """At most 20, the oldest first; not the one that is going on."""

    def mood(
        self, over_s: float = MOOD_S, now_s: float | None = None
    ) -> EmotionEstimate | None:
        """Return how the person sounded lately: the mean, weighted by length of speech.

        What they said of it themselves takes the place of how it sounded.

        Args:
            over_s: how far back, s.
            now_s: the end of that time, in seconds since 1970; None for now.

        Returns:
            None where nobody spoke in that time.
        """
        since_s = (time.time() if now_s is None else now_s) - over_s
        return mean_emotion(
            [(turn.mood, turn.duration_s) for turn in self.turns if turn.time_s >= since_s]
        )

    def change(self, emotion: EmotionEstimate) -> dict[str, float] | None:
        """Return how much likelier each emotion is than it usually was.

        Returns:
            Label to the difference of probabilities; None before `USUAL_TURNS` turns with a
            voice.
        """
        voiced = [(turn.emotion, turn.duration_s) for turn in self.turns if turn.emotion]
        usual = mean_emotion(voiced) if len(voiced) >= USUAL_TURNS else None
        if usual is None:
            return None
        return {
            label: share - usual.probabilities[label]
            for label, share in emotion.probabilities.items()
        }

    def seen(self, utterance: Utterance, sentiment: float | None) -> Utterance:
        """Return what is said now as it looks beside what was said before.

        Args:
            utterance: what is said; what it tells of itself already stays.
            sentiment: how good its words are, -1 to 1; None where that is not known.
        """
        change = utterance.change
        if change is None and utterance.emotion is not None:
            change = self.change(utterance.emotion)
        if utterance.sentiment is not None:
            sentiment = utterance.sentiment
        return replace(utterance, sentiment=sentiment, change=change)

    def with_turn(self, utterance: Utterance) -> "Conversation":
        """Return it with what has just been said, not answered yet."""
        turn = Turn(
            time.time(),
            utterance.transcript.text[:KEPT_CHARACTERS],
            utterance.emotion,
            utterance.duration_s,
        )
        return Conversation((*self.turns[1 - KEPT_TURNS :], turn))

    def answered(self, reply: str, plugin: str) -> "Conversation":
        """Return it with that answer to its last turn."""
        *before, last = self.turns
        return Conversation(
            (*before, replace(last, reply=reply[:KEPT_CHARACTERS], plugin=plugin))
        )

    def felt(self, time_s: float, label: str) -> "Conversation":
        """Return it with how the person felt, by their own account, in the turn of that time.

        Args:
            time_s: when, as `Turn.time_s` has it.
            label: one of `EMOTIONS`.
        """
        return Conversation(
            tuple(
                replace(turn, felt=label) if turn.time_s == time_s else turn
                for turn in self.turns
            )
        )
