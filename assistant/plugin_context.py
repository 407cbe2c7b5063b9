"""What a plugin has beside the utterance: settings, a store, the conversation, a voice."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from assistant.announcements import Announcement
from assistant.conversation import Conversation
from assistant.errors import PluginError
from assistant.plugin_store import Store
from assistant.values import EMOTIONS, Audio, Reply

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

    def ask(
        self, question: Reply | str, follow_up: Callable[..., Any], asks_s: float = ASKS_S
    ) -> Reply:
        """Return a question whose answer belongs to ``follow_up``.

        Args:
            question: what is asked.
            follow_up: what `follow_up` returns when the answer comes.
            asks_s: how long the answer is waited for, s.
        """
        self._follow_up = follow_up
        asked = Reply(question) if isinstance(question, str) else question
        return replace(asked, asks_s=asks_s)

    def follow_up(self) -> Callable[..., Any] | None:
        """Return what `ask` was given, where this utterance answers it; else None.

        It is given back once: who is not satisfied with an answer asks again.
        """
        found, self._follow_up = self._follow_up, None
        return found if self.is_answer else None

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
            PluginError: the time is none.
        """
        try:
            due_s = (time.time() if at is None else at.timestamp()) + after_s
        except (OverflowError, ValueError, OSError) as error:
            raise PluginError(f"{at} is no time: {error}") from error
        said = Reply(reply) if isinstance(reply, str) else reply
        key = key or uuid.uuid4().hex
        self.send(Announcement(key, replace(said, plugin=self.name), due_s))
        return key

    def cancel(self, key: str) -> None:
        """Take back what was to be said and has not been."""
        self.send(Cancelled(key))

    def correct(self, label: str, turns_back: int = 1) -> None:
        """Keep how the person felt when something was said.

        The voice is heard accordingly from then on, in this conversation and in later ones.

        Args:
            label: one of `EMOTIONS`.
            turns_back: which utterance: 1 is the one before this one, at most 3.

        Raises:
            PluginError: the label is none.
        """
        if label not in EMOTIONS:
            raise PluginError(f"{label!r} is no emotion; there are {', '.join(EMOTIONS)}")
        self.send(Felt(label, turns_back))
