"""One plugin in its child process, seen from the conversation."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from assistant.announcements import Announcement
from assistant.child import Child
from assistant.errors import AssistantError, ChildError
from assistant.nursery import Nursery
from assistant.pipes import Message
from assistant.plugin_child import KINDS, Answered, Done, Question
from assistant.plugin_context import Unasked
from assistant.plugin_discovery import Plugin
from assistant.plugin_module import Loaded
from assistant.values import Reply
from assistant.wire import from_plain, to_plain

LOAD_DEADLINE_S = 10.0
"""Longest time for loading a plugin; what it imports may take seconds."""

NEXT_DEADLINE_S = 20.0
"""Longest time for the next sentence of an answer that has begun."""

WANTED_S = 0.1
"""How often one looks whether an answer is still wanted, s."""

MAX_REPLY_CHARACTERS = 5_000
"""Longest reply, about six minutes of speech; the rest is cut off."""

PASSED_ON = (
    *("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER"),
    *("LD_LIBRARY_PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"),
    *("SSL_CERT_DIR", "SSL_CERT_FILE"),
)
"""What programs expect, where Python finds packages, and whom TLS trusts: nothing secret."""
PASSED_ON_FAMILIES = ("LC_", "XDG_")

MAX_UNASKED_PER_S = 100
"""Messages that a plugin may send unasked in a second."""

Value = TypeVar("Value")

_KIND_OF: dict[str, type[Unasked]] = {key: kind for kind, key in KINDS.items()}


def always() -> bool:
    """Want all that comes."""
    return True


class PluginProcess:
    """One plugin. Whoever asks it holds `busy`; any thread may `stop` it."""

    def __init__(
        self,
        plugin: Plugin,
        setup: Message,
        on_unasked: Callable[[str, Unasked], None],
        nursery: Nursery,
    ) -> None:
        """Describe it; nothing is started yet.

        Args:
            plugin: which.
            setup: what it is loaded with, a `plugin_module.Setup` as plain data.
            on_unasked: given the plugin's name and what it sends unasked, in a thread of its
                own.
            nursery: where its process comes from.
        """
        self._on_unasked = on_unasked
        self._n_unasked = 0
        self._counted_s = float("-inf")
        self.name = plugin.name
        self.is_bundled = plugin.origin == "bundled"
        self._may_hear = plugin.may_hear
        self.loaded = Loaded(0, ())
        """Known once it is loaded."""
        self.n_faults: Counter[str] = Counter()
        """In a row, of each hook."""
        self.hook = ""
        """Which one it was asked last; what follows an answer belongs to `respond`."""
        self.n_asked = 0
        """How often it was asked to respond."""
        self.is_stopped = False
        self.busy = threading.Lock()
        kind = "entry-point" if plugin.origin == "installed" else "file"
        arguments = (kind, plugin.name, plugin.location)
        fork = nursery.fork if nursery.is_possible() else None
        environment = plugin_environment()
        self._child = Child(
            "assistant.plugin_child",
            arguments,
            environment,
            self._take_unasked,
            fork,
            f"tonewise.plugin.{plugin.name}",
        )
        self._setup = setup
        self._load_by_s = 0.0
        self._is_loading = False
        self._sending = threading.Lock()

    @property
    def hears(self) -> bool:
        """Whether it is given the sound of what is said: it asks for it, and may."""
        return self._may_hear and self.loaded.wants_audio

    @property
    def is_running(self) -> bool:
        """Whether its process is alive."""
        return self._child.is_running

    def has(self, hook: str) -> bool:
        """Return whether the plugin implements that hook."""
        return hook in self.loaded.hooks

    def begin(self) -> None:
        """Start the process unless it runs, and have it load the plugin; does not wait.

        Raises:
            ChildError: the process cannot be started.
        """
        if not self._child.is_running:
            self._load_by_s = time.monotonic() + LOAD_DEADLINE_S
            self._send({"load": self._setup})
            self._is_loading = True

    def finish(self) -> None:
        """Wait until the plugin is loaded.

        Raises:
            AssistantError: it cannot be loaded, or not in time.
        """
        if self._is_loading:
            self._is_loading = False
            left_s = self._load_by_s - time.monotonic()
            try:
                self.loaded = self._received(Loaded, max(0.0, left_s))
            except AssistantError:
                self._child.stop()  # it would live on without the plugin
                raise

    def respond(
        self,
        question: Question,
        deadline_s: float,
        patience_s: float,
        on_slow: Callable[[], None],
    ) -> Answered:
        """Return what the plugin says, or begins to say.

        Args:
            question: what it is asked.
            deadline_s: after so long ``on_slow`` is called, s.
            patience_s: after so long from then on it is killed, s.
            on_slow: returns soon.

        Raises:
            AssistantError: it raised, died, was too slow, or sent something else.
        """
        self.n_asked += 1
        self._ask("respond", to_plain(question))
        if self._child.is_silent(deadline_s):
            on_slow()
        return self._answered(patience_s, deadline_s)

    def whole(self, begun: Answered, deadline_s: float) -> Reply | None:
        """Return an answer with what follows it, as far as it would be said.

        Args:
            begun: the answer, or its beginning.
            deadline_s: how long the plugin may take to come to an end, s.

        Raises:
            AssistantError: as `respond` does.
        """
        return whole(begun, self.next, lambda: self.end(self.n_asked, deadline_s))

    def next(
        self,
        number: int | None = None,
        is_wanted: Callable[[], bool] = always,
        deadline_s: float = 0.0,
    ) -> Answered:
        """Return how an answer goes on that has more; raises as `respond` does.

        Args:
            number: which answer, by `n_asked`; it has ended where another one was begun.
                None for the last.
            is_wanted: whether anybody wants to hear it still.
            deadline_s: when nobody does, the plugin has so long to come to an end, s, and is
                killed then: somebody else wants to speak with it. That is no fault.
        """
        if number not in (None, self.n_asked) or not is_wanted():
            return Answered(None)
        self._ask("next", True)
        until_s = time.monotonic() + NEXT_DEADLINE_S
        while is_wanted() and (left_s := until_s - time.monotonic()) > 0:
            if not self._child.is_silent(min(WANTED_S, left_s)):
                break
        if not is_wanted() and self._child.is_silent(deadline_s):
            self._child.stop()
            return Answered(None)
        return self._answered(0, NEXT_DEADLINE_S)

    def end(self, number: int, deadline_s: float) -> None:
        """Leave what would follow in the answer of that number; raises as `respond` does."""
        if number == self.n_asked and self._child.is_running:
            self.tell("end", True, deadline_s)

    def adapt(self, reply: Reply, question: Question, deadline_s: float) -> Reply | None:
        """Return the reply as the plugin wants it, None for as it is; raises as `respond`."""
        asked = {"reply": to_plain(reply), "question": to_plain(question)}
        self._ask("adapt", asked)
        return self._answered(deadline_s).reply

    def notice(self, question: Question, deadline_s: float) -> None:
        """Have it take note of an emotion; raises as `respond` does."""
        self.tell("on_emotion", to_plain(question), deadline_s)

    def tell(self, what: str, content: object, deadline_s: float) -> None:
        """Have it do what it returns nothing for; raises as `respond` does."""
        self._ask(what, content)
        self._received(Done, deadline_s)

    def say_goodbye(self) -> None:
        """Begin the end of a plugin that wants to know of it; does not wait."""
        if self.has("stop") and self._child.is_running and not self._is_loading:
            self._send({"stop": True})

    def wait_for_end(self, until_s: float) -> None:
        """Wait until it has ended what `say_goodbye` began, at most until then."""
        if self.has("stop") and self._child.is_running:
            self._child.is_silent(max(0.0, until_s - time.monotonic()))

    def stop(self) -> None:
        """Kill the process for good; any thread may."""
        self.is_stopped = True
        self._child.stop()  # frees a thread that is stuck in sending
        with self._sending:
            self._child.stop()

    def _take_unasked(self, message: Message) -> None:
        """Pass on what came unasked; a plugin that floods us, or sends nonsense, is killed."""
        now_s = time.monotonic()
        if now_s - self._counted_s > 1:
            self._n_unasked, self._counted_s = 0, now_s
        self._n_unasked += 1
        if self._n_unasked > MAX_UNASKED_PER_S:
            raise ValueError("too many")
        try:
            ((key, content),) = dict(message).items()
            unasked = from_plain(_KIND_OF[key], content)
        except (AssistantError, TypeError, KeyError) as error:
            raise ValueError(f"no message: {error}") from error
        if isinstance(unasked, Announcement):
            text = cleaned(unasked.reply.text, MAX_REPLY_CHARACTERS)
            reply = replace(unasked.reply, text=text, plugin=self.name)
            unasked = replace(unasked, reply=reply)
        self._on_unasked(self.name, unasked)

    def _ask(self, what: str, content: object) -> None:
        self.hook = "respond" if what in ("next", "end") else what
        self.begin()  # it may have died since it was last asked
        self.finish()
        self._send({what: content})

    def _send(self, message: Mapping[str, Any]) -> None:
        with self._sending:  # sending may start a process: not behind the back of stop()
            if self.is_stopped:
                raise ChildError("stopped")
            self._child.send(message)

    def _answered(self, deadline_s: float, waited_s: float = 0.0) -> Answered:
        answered = self._received(Answered, deadline_s, waited_s)
        if answered.reply is None:
            return answered
        text = cleaned(answered.reply.text, MAX_REPLY_CHARACTERS)
        reply = replace(answered.reply, text=text, plugin=self.name) if text else None
        return replace(answered, reply=reply)

    def _received(self, kind: type[Value], deadline_s: float, waited_s: float = 0.0) -> Value:
        message = self._child.receive(deadline_s, waited_s)
        try:
            return from_plain(kind, message)
        except AssistantError:
            self._child.stop()  # or what else it sent may be taken for the next answer
            raise


def whole(
    begun: Answered, go_on: Callable[[], Answered], end: Callable[[], None]
) -> Reply | None:
    """Return an answer with what follows it, as far as it would be said.

    Args:
        begun: the answer, or its beginning.
        go_on: returns how it goes on.
        end: leaves the rest of one that is too long.
    """
    answered, reply = begun, begun.reply
    if reply is None:
        return None
    texts, n_left = [reply.text], MAX_REPLY_CHARACTERS - len(reply.text)
    while answered.has_more and n_left > 0:
        answered = go_on()
        text = answered.reply.text if answered.reply else ""
        texts.append(text)
        n_left -= max(1, len(text))  # nothing counts as something, lest it never ends
        if answered.reply:
            reply = replace(reply, asks_s=answered.reply.asks_s or reply.asks_s)
    if answered.has_more:
        end()
    return replace(reply, text=cleaned(" ".join(texts), MAX_REPLY_CHARACTERS))


def cleaned(text: str, n_characters: int) -> str:
    """Return at most so much of ``text``, printable and on one line."""
    shown = "".join(sign for sign in text if sign.isprintable() or sign.isspace())
    return " ".join(shown.split())[:n_characters].rstrip()


def plugin_environment() -> dict[str, str]:
    """Return what a plugin may see of our variables: no keys, no tokens."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in PASSED_ON or name.startswith(PASSED_ON_FAMILIES)
    }
