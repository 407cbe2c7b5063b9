"""For the tests of a plugin: it is loaded in this process, and one talks with it.

    with Rehearsal("weather.py", {"town": "Graz"}) as weather:
        assert weather.say("how is the weather").text == "It rains in Graz."
        assert weather.say("oh no", "sad") is None

A debugger works, and what the plugin raises is raised here, as a PluginError with the line.
With ``pytest_plugins = ["assistant.testing"]`` in a test file, tests may take the fixture
``rehearse``, a function that opens such a rehearsal until the end of the test.

PYTEST_DONT_REWRITE: a test file may also import from here.
"""

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Self, TypeAlias

from assistant.announcements import Announcement
from assistant.conversation import Conversation
from assistant.errors import AssistantError, PluginError
from assistant.plugin_child import Answered, PluginHost, Question
from assistant.plugin_context import Cancelled, Felt, Unasked
from assistant.plugin_module import Loaded
from assistant.plugin_process import MAX_REPLY_CHARACTERS, cleaned, whole
from assistant.plugin_store import Store
from assistant.replay import replay
from assistant.sentiment import WordSentiment
from assistant.values import (
    EMOTIONS,
    RELIABLE,
    EmotionEstimate,
    Reply,
    Transcript,
    Utterance,
)
from assistant.wire import from_plain, to_plain
from assistant.words import is_stop, plain_words

if TYPE_CHECKING:
    import pytest

__all__ = ["NotingBoard", "Rehearsal", "Rehearse", "estimate", "replay", "utterance"]

WORD_S = 0.4
"""How long a spoken word takes, about 150 a minute, s."""

Emotion: TypeAlias = str | EmotionEstimate | None
"""How something is said: one of `EMOTIONS`, an estimate, or None for typed words."""

_SENTIMENT = WordSentiment()


def estimate(
    label: str, confidence: float = 0.8, certain: bool | EllipsisType | None = ...
) -> EmotionEstimate:
    """Return an estimate of that emotion; the other seven share the rest evenly.

    Args:
        label: one of `EMOTIONS`.
        confidence: its probability, over 0.125 and up to 1.
        certain: whether the model relies on it, None where it cannot tell; by default from a
            confidence of `RELIABLE` on.

    Raises:
        PluginError: the label or the confidence is none.
    """
    if label not in EMOTIONS:
        raise PluginError(f"{label!r} is no emotion; there are {', '.join(EMOTIONS)}")
    least = 1 / len(EMOTIONS)
    if not least < confidence <= 1:
        raise PluginError(
            f"a confidence of {confidence:g} is none of the likeliest emotion; give more than "
            f"{least:g} and at most 1"
        )
    others = (1 - confidence) / (len(EMOTIONS) - 1)
    shares = dict.fromkeys(EMOTIONS, others) | {label: confidence}
    trusts = confidence >= RELIABLE if isinstance(certain, EllipsisType) else certain
    return EmotionEstimate(shares, trusts)


def utterance(
    text: str,
    emotion: Emotion = None,
    confidence: float = 0.8,
    *,
    certain: bool | EllipsisType | None = ...,
    duration_s: float | None = None,
    phrase: str = "",
) -> Utterance:
    """Return what somebody says, and how.

    Args:
        text: the words, as the recogniser writes them; empty where none were understood.
        emotion: how they are said; None for typed words.
        confidence: of that emotion; see `estimate`.
        certain: see `estimate`.
        duration_s: how long it takes, s; by default `WORD_S` for each word that is spoken.
        phrase: which of the phrases that a plugin waits for it is.

    Raises:
        PluginError: as `estimate` does.
    """
    if isinstance(emotion, str):
        emotion = estimate(emotion, confidence, certain)
    if emotion is None:
        return Utterance(Transcript(text, phrase=phrase), duration_s=duration_s or 0.0)
    if duration_s is None:
        duration_s = WORD_S * max(1, len(text.split()))
    return Utterance(Transcript(text, "en-US", "pocketsphinx", phrase), emotion, duration_s)


def seen(said: Utterance, conversation: Conversation) -> Utterance:
    """Return it as plugins get it: beside what was said before, and beside its own words."""
    return conversation.seen(said, _SENTIMENT.rate(said.transcript))


class NotingBoard:
    """Notes what plugins want without being asked; a `running_plugins.Board`."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.corrections: list[Felt] = []
        """How the person felt by their own account, in the order in which it came."""
        self._waiting: dict[tuple[str, str], Announcement] = {}

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        """What is to be said and was not taken back, the soonest first.

        The time of each, `due_s`, is in seconds since 1970 (UTC), as of `time.time`.
        """
        return tuple(sorted(self._waiting.values(), key=lambda each: each.due_s))

    def add(self, announcement: Announcement) -> None:
        """Note it, in place of another with its key."""
        self._waiting[announcement.reply.plugin, announcement.key] = announcement

    def cancel(self, plugin: str, key: str) -> None:
        """Forget one; does nothing where there is none."""
        self._waiting.pop((plugin, key), None)

    def correct(self, label: str, turns_back: int) -> None:
        """Note it."""
        self.corrections.append(Felt(label, turns_back))

    def reloaded(self, plugin: str) -> None:
        """Leave it at that."""

    def take(self, plugin: str, unasked: Unasked) -> None:
        """Note what a plugin sends."""
        match unasked:
            case Announcement():
                self.add(unasked)
            case Cancelled(key):
                self.cancel(plugin, key)
            case Felt(label, turns_back):
                self.correct(label, turns_back)


class Rehearsal:
    """A conversation with one plugin alone, in this process; a context manager.

    The plugin is asked and told as `tonewise run` does it; its answers are those of its own
    `respond` and `adapt`. What another plugin would say is left out. A file is imported anew
    each time; a package stays imported, with whatever its module-level variables hold.
    """

    def __init__(
        self,
        plugin: str | Path,
        settings: Mapping[str, Any] | None = None,
        *,
        name: str = "",
        store: Path | None = None,
    ) -> None:
        """Describe it; nothing is imported yet.

        Args:
            plugin: path of a .py file, or what an entry point refers to, such as
                ``tonewise_weather`` or ``tonewise_weather:plugin``.
            settings: what the section of the settings file would hold.
            name: the plugin's name; by default that of the file or the module.
            store: a file that keeps what the plugin keeps, for the next rehearsal; None
                keeps it in memory.

        Raises:
            PluginError: there is no such file.
        """
        kind, location = _described(plugin)
        self.name = name or (
            Path(location).stem if kind == "file" else location.partition(":")[0]
        )
        """The plugin's name."""
        self.loaded = Loaded(0, ())
        """What there is to know of it: its hooks, its phrases, whom `on_emotion` is for."""
        self.conversation = Conversation()
        """The turns so far."""
        self.board = NotingBoard()
        """What it wants without being asked."""
        self._host = PluginHost(kind, self.name, location, self._take)
        self._setup = {"settings": dict(settings or {}), "store": str(store or "")}
        self._asker = ""

    def __enter__(self) -> Self:
        """Load the plugin.

        Raises:
            PluginError: it cannot be loaded.
        """
        self.loaded = from_plain(Loaded, self._ask("load", self._setup))
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        """Have the plugin stop; raises PluginError where it fails."""
        with contextlib.suppress(*[AssistantError] if kind else []):  # the first one counts
            self._ask("stop", True)

    @property
    def announcements(self) -> tuple[Announcement, ...]:
        """What it wants said unasked, the soonest first; see `NotingBoard`."""
        return self.board.announcements

    @property
    def corrections(self) -> Sequence[Felt]:
        """How the person felt by their own account."""
        return self.board.corrections

    @property
    def store(self) -> Store:
        """What it keeps."""
        return self._host.module.context.store

    def say(
        self,
        text: str | Utterance,
        emotion: Emotion = None,
        confidence: float = 0.8,
        *,
        asked_by: str = "",
        audio: str | Path = "",
    ) -> Reply | None:
        """Return what the plugin answers, whole where it yields; None where it does not.

        What follows a reply with `asks_s` is an answer to it, however long ago that was; "stop"
        and "never mind" end the question and never reach a plugin. Afterwards `on_emotion` is
        called, if it is for this.

        Args:
            text: what is said; or an utterance, such as `replay` yields.
            emotion: how it is said; None for typed words.
            confidence: of that emotion; see `estimate`.
            asked_by: which other plugin has asked something, if one has.
            audio: a recording of it, for a plugin with ``WANTS_AUDIO = True``.

        Raises:
            PluginError: the plugin raised, or `estimate` does.
            AssistantError: it returned something that is no answer.
        """
        said = text if isinstance(text, Utterance) else utterance(text, emotion, confidence)
        asker, self._asker = self._asker or asked_by, ""
        if is_stop(said.transcript.text):
            return None
        sound = str(audio) if self.loaded.wants_audio else ""
        question = Question(seen(said, self.conversation), self.conversation, audio=sound)
        self.conversation = self.conversation.with_turn(question.utterance)
        reply = self._responded(question, asker)
        if reply is not None:
            self.conversation = self.conversation.answered(reply.text, self.name)
            self._asker = self.name if reply.asks_s > 0 else ""
        self._notice(question)
        return reply

    def adapt(
        self,
        reply: Reply | str,
        emotion: Emotion = None,
        confidence: float = 0.8,
        text: str = "",
    ) -> Reply:
        """Return a reply of any plugin as this one wants it; the same where it leaves it.

        Args:
            reply: what is to be said.
            emotion: how somebody spoke to whom it is said; None for typed words.
            confidence: of that emotion; see `estimate`.
            text: what they said.

        Raises:
            PluginError: as `say` does.
            AssistantError: as `say` does.
        """
        said = utterance(text, emotion, confidence)
        given = Reply(reply) if isinstance(reply, str) else reply
        return self._adapted(given, Question(said, self.conversation))

    def _responded(self, question: Question, asker: str) -> Reply | None:
        said = question.utterance
        transcript = replace(said.transcript, phrase=self._phrase(said.transcript))
        asked = replace(
            question,
            utterance=replace(said, transcript=transcript),
            asked_by=asker,
        )
        answered = self._answered("respond", to_plain(asked))

        def adapted(found: Answered) -> Answered:
            reply = found.reply and self._adapted(found.reply, question)
            return replace(found, reply=reply)

        return whole(
            adapted(answered),
            lambda: adapted(self._answered("next", True)),
            self._end_answer,
        )

    def _end_answer(self) -> None:
        self._ask("end", True)

    def _phrase(self, transcript: Transcript) -> str:
        """Return which of its phrases this is, as `plugin_order.in_turn` tells it."""
        said = plain_words(transcript.phrase or transcript.text)
        waited = (each for each in self.loaded.phrases if plain_words(each) == said)
        return next(waited, "")

    def _adapted(self, reply: Reply, question: Question) -> Reply:
        if "adapt" not in self.loaded.hooks or reply.is_fixed:
            return reply
        silent = replace(question, audio="")
        asked = {"reply": to_plain(reply), "question": to_plain(silent)}
        changed = self._answered("adapt", asked).reply
        if changed is None:
            return reply
        return replace(reply, text=changed.text, style=changed.style or reply.style)

    def _notice(self, question: Question) -> None:
        emotion, subscription = question.utterance.emotion, self.loaded.subscription
        if emotion is not None and subscription is not None and subscription.takes(emotion):
            self._ask("on_emotion", to_plain(question))

    def _answered(self, what: str, content: object) -> Answered:
        answered = from_plain(Answered, self._ask(what, content))
        if answered.reply is None:
            return answered
        text = cleaned(answered.reply.text, MAX_REPLY_CHARACTERS)
        reply = replace(answered.reply, text=text, plugin=self.name) if text else None
        return replace(answered, reply=reply)

    def _ask(self, what: str, content: object) -> Mapping[str, Any]:
        try:
            return self._host.answer({what: content})
        except PluginError as error:
            if isinstance(error.__cause__, Exception | SystemExit | None):
                raise
            raise error.__cause__ from None  # Ctrl-C, or what ends a test

    def _take(self, unasked: Unasked) -> None:
        """Note it as it would arrive at the assistant; raises AssistantError if it is wrong."""
        arrived = from_plain(type(unasked), to_plain(unasked))
        if isinstance(arrived, Announcement):
            text = cleaned(arrived.reply.text, MAX_REPLY_CHARACTERS)
            arrived = replace(arrived, reply=replace(arrived.reply, text=text))
        self.board.take(self.name, arrived)
        turns = self.conversation.turns
        if isinstance(arrived, Felt) and 0 < arrived.turns_back < len(turns):
            time_s = turns[-1 - arrived.turns_back].time_s
            self.conversation = self.conversation.felt(time_s, arrived.label)


Rehearse: TypeAlias = Callable[..., Rehearsal]
"""What the fixture ``rehearse`` is; it takes the arguments of `Rehearsal`."""


def _described(plugin: str | Path) -> tuple[str, str]:
    """Return of which kind a plugin is, and where; raises PluginError for no file."""
    if isinstance(plugin, str) and not plugin.endswith(".py") and "/" not in plugin:
        return "entry-point", plugin
    path = Path(plugin).resolve()  # a debugger knows files by their whole path
    if path.suffix != ".py" or not path.is_file():
        raise PluginError(f"{path}: there is no such .py file")
    return "file", str(path)


def pytest_configure(config: "pytest.Config") -> None:
    """Offer the fixture ``rehearse``; pytest calls this where it is told of this module."""
    import pytest

    class Fixtures:
        @pytest.fixture
        def rehearse(self) -> Iterator[Rehearse]:
            """Return a function that opens a `Rehearsal` until the end of the test."""
            with contextlib.ExitStack() as stack:
                yield lambda *plugin, **more: stack.enter_context(Rehearsal(*plugin, **more))

    config.pluginmanager.register(Fixtures(), "tonewise-rehearse")
