"""In which order plugins are asked, and why; what they say together."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.plugin_child import Answered, Question
from assistant.plugin_process import MAX_REPLY_CHARACTERS, PluginProcess, cleaned
from assistant.values import Reply
from assistant.words import plain_words

Why = Literal["tryfirst", "its question", "its phrase", "its turn", "trylast"]
"""Why a plugin is asked when it is; the sooner ones first."""

ORDER: tuple[Why, ...] = ("tryfirst", "its question", "its phrase", "its turn", "trylast")


@dataclass(frozen=True)
class Place:
    """A plugin's place in a turn."""

    process: PluginProcess
    question: Question
    """What it is asked."""
    why: Why


@dataclass(frozen=True)
class Verdict:
    """What a plugin does with an utterance."""

    name: str
    why: Why
    """Why it is asked when it is."""
    is_asked: bool
    """Whether it is its turn at all."""
    reply: Reply | None
    """None where it leaves the answer to others."""


def is_final(answered: Answered) -> bool:
    """Return whether nobody else is asked after this."""
    reply = answered.reply
    return reply is not None and (answered.has_more or not reply.continues)


def in_turn(
    processes: Iterable[PluginProcess], question: Question, asker: str
) -> tuple[Place, ...]:
    """Return who is asked and what, in order; among equals the given order stays.

    Args:
        processes: the plugins that run.
        question: what was said.
        asker: which plugin had asked a question; empty for none.
    """
    utterance = question.utterance
    said = plain_words(utterance.transcript.phrase or utterance.transcript.text)
    places = []
    for process in processes:
        waited = [each for each in process.loaded.phrases if plain_words(each) == said]
        transcript = replace(utterance.transcript, phrase=waited[0] if waited else "")
        its_question = Question(
            replace(utterance, transcript=transcript),
            question.conversation,
            asker,
            question.audio if process.hears else "",
        )
        places.append(Place(process, its_question, _why(process, its_question)))
    return tuple(sorted(places, key=lambda place: ORDER.index(place.why)))


def _why(process: PluginProcess, question: Question) -> Why:
    if process.loaded.order < 0:
        return "tryfirst"
    if question.asked_by == process.name:
        return "its question"
    if question.utterance.transcript.phrase:
        return "its phrase"
    return "trylast" if process.loaded.order > 0 else "its turn"


def joined(replies: Sequence[Reply]) -> Reply:
    """Return the replies as one, in the style of the last that has one."""
    text = cleaned(" ".join(reply.text for reply in replies), MAX_REPLY_CHARACTERS)
    styles = [reply.style for reply in replies if reply.style is not None]
    return Reply(
        text,
        "+".join(reply.plugin for reply in replies),
        styles[-1] if styles else None,
        asks_s=next((reply.asks_s for reply in reversed(replies) if reply.asks_s > 0), 0.0),
        is_fixed=any(reply.is_fixed for reply in replies),
    )
