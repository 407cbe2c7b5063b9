"""What a plugin has beside the utterance: settings, a store, the conversation, a voice."""

import json
import reprlib
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from assistant.announcements import Announcement
from assistant.conversation import Conversation
from assistant.errors import AssistantError, PluginError
from assistant.plugin_store import Store
from assistant.values import EMOTIONS, Audio, Reply
from assistant.wire import from_plain, to_plain

MAX_SENT_CHARACTERS = 50_000
"""What is sent at most of a text: more than is said of it, less than a message may hold."""

ASKS_S = 20.0
"""How long the answer to a question is usually waited for, s."""


@dataclass(frozen=True)
class Cancelled:
    """An announcement that is not wanted any more."""

    key: str


@dataclass(frozen=True)
class Felt:
    """How the person felt when something was said, by their own account."""

    label: str
    """One of `EMOTIONS`."""
    turns_back: int = 1
    """Which utterance: 1 is the one before this one."""


Unasked = Announcement | Cancelled | Felt
"""What a plugin may send without being asked."""


def send_nowhere(unasked: Unasked) -> None:
    """Nobody listens."""


@dataclass
class Context:
    """A plugin's own; any of its hooks may take it as the argument ``context``.

    `say`, `cancel` and `correct` may be called at any time, by any thread.
    """

    name: str
    """The plugin's name."""
    settings: Any = None
    """An instance of the plugin's ``Settings``, filled from ``[plugins.NAME]`` of the settings
    file; None where it has none."""
    store: Store = field(default_factory=Store)
    """What it keeps from one start to the next."""
    conversation: Conversation = field(default_factory=Conversation)
    """The turns before this one."""
    is_answer: bool = False
    """Whether what was said follows a question of this plugin, a reply with ``asks_s``."""
    asked_by: str = ""
    """Which plugin's question is open: what is said may be the answer. Empty for none."""
    send: Callable[[Unasked], None] = field(default=send_nowhere, repr=False)
    """Where `say`, `cancel` and `correct` go."""
    _path: str = field(default="", repr=False)
    _audio: Audio | None = field(default=None, repr=False)
    _follow_up: Callable[..., Any] | None = field(default=None, repr=False)
    _has_asked: bool = field(default=False, repr=False)
    """Since `respond` was last called."""

    def ask(
        self, question: Reply | str, follow_up: Callable[..., Any], asks_s: float = ASKS_S
    ) -> Reply:
        """Return a question whose answer belongs to ``follow_up``; for what `respond` returns.

        It is forgotten when something else is said first, and after a restart.

        Args:
            question: what is asked.
            follow_up: what `follow_up` returns when the answer comes.
            asks_s: how long the answer is waited for, s.

        Raises:
            PluginError: the question is neither a Reply nor text.
        """
        asked = replace(_as_reply("ask", question), asks_s=asks_s)
        self._follow_up, self._has_asked = follow_up, True
        return asked

    def follow_up(self) -> Callable[..., Any] | None:
        """Return what `ask` was given, where this utterance answers it; else None.

        It is given back once: who is not satisfied with an answer asks again.
        """
        found, self._follow_up = self._follow_up, None
        return found if self.is_answer else None

    def begin(self) -> None:
        """Forget what an older question was to be followed by; called before each `respond`.

        The utterance answers the question of the last `respond`, if any: where that one was
        not asked with `ask`, what `ask` was given before belongs to another.
        """
        if not (self.is_answer and self._has_asked):
            self._follow_up = None
        self._has_asked = False

    def hear(self, path: str) -> None:
        """Take the sound of the utterance from a WAV; empty for none."""
        self._path, self._audio = path, None

    @property
    def audio(self) -> Audio | None:
        """How the utterance sounded, at 16 kHz.

        None unless the plugin has ``WANTS_AUDIO = True`` and the person lets it hear, with
        ``tonewise plugins enable NAME --audio``; and where words were typed.
        """
        if self._audio is None and self._path:
            from assistant.audio import read_audio  # slow, and seldom needed

            self._audio = read_audio(self._path)
        return self._audio

    def say(
        self,
        reply: Reply | str,
        *,
        at: datetime | None = None,
        after_s: float = 0.0,
        key: str = "",
    ) -> str:
        """Have something said unasked, as soon as nobody speaks.

        What is to be said later is said also if the program is started again before.

        Args:
            reply: what, and how.
            at: when; a time without a zone is local. None for now.
            after_s: how much later than that, s.
            key: what this is known by; another one with it takes its place. Empty for a new
                one.

        Returns:
            The key.

        Raises:
            PluginError: there is no text, the time is none, or one of them has another type.
        """
        said = _as_reply("say", reply)
        if not said.text.strip():
            raise PluginError("context.say: there is no text to say")
        said = replace(said, text=said.text[:MAX_SENT_CHARACTERS], plugin=self.name)
        key = key or uuid.uuid4().hex
        self._send("say", Announcement(key, said, _due_s(at, after_s)))
        return key

    def cancel(self, key: str) -> None:
        """Take back what was to be said and has not been.

        Raises:
            PluginError: the key is no text.
        """
        self._send("cancel", Cancelled(key))

    def correct(self, label: str, turns_back: int = 1) -> None:
        """Keep how the person felt when something was said.

        The voice is heard accordingly from then on, in this conversation and in later ones.

        Args:
            label: one of `EMOTIONS`.
            turns_back: which utterance: 1 is the one before this one, at most 3.

        Raises:
            PluginError: the label is none, or the other is no whole number.
        """
        if label not in EMOTIONS:
            raise PluginError(f"{label!r} is no emotion; there are {', '.join(EMOTIONS)}")
        self._send("correct", Felt(label, turns_back))

    def _send(self, called: str, unasked: Unasked) -> None:
        """Send it, unless it would not arrive: that is told here, where it was called."""
        try:
            from_plain(type(unasked), json.loads(json.dumps(to_plain(unasked))))
        except AssistantError as error:
            _, _, told = str(error).partition(".")  # the path begins with a class of ours
            raise PluginError(f"context.{called}: {told}") from error
        self.send(unasked)


def _as_reply(called: str, said: object) -> Reply:
    """Return what is to be said as a Reply; raises PluginError where it is none."""
    if isinstance(said, str):
        return Reply(said)
    if not isinstance(said, Reply):
        kind = type(said).__name__
        raise PluginError(f"context.{called}: expected a Reply or a str, got {kind}")
    return said


def _due_s(at: object, after_s: object) -> float:
    """Return the time, in seconds since 1970 (UTC); raises PluginError where it is none."""
    if at is not None and not isinstance(at, datetime):
        raise PluginError(f"context.say: at: expected a datetime, got {reprlib.repr(at)}")
    if isinstance(after_s, bool) or not isinstance(after_s, (float, int)):
        raise PluginError(f"context.say: after_s: expected float, got {reprlib.repr(after_s)}")
    try:
        return (time.time() if at is None else at.timestamp()) + after_s
    except (OverflowError, ValueError, OSError) as error:
        raise PluginError(f"{at} is no time: {error}") from error
