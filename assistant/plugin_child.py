"""The child process that runs one plugin: the only place where plugin code is imported.

    python -m assistant.plugin_child {file|entry-point} NAME LOCATION

Each message is answered with one value:

    {"load": Setup}                  Loaded
    {"respond": Question}            Answered
    {"next": true}                   Answered: what follows an answer with ``has_more``
    {"end": true}                    Done: nobody wants what follows
    {"adapt": {reply, question}}     Answered
    {"on_emotion": Question}         Done
    {"stop": true}                   Done

What the plugin wants to be said unasked it sends at any time, as ``{"unasked": ...}``:
an object with one of `KINDS`.
"""

import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

from assistant.announcements import Announcement
from assistant.conversation import Conversation
from assistant.errors import AssistantError, PluginError
from assistant.pipes import Message, Pipes, serve
from assistant.plugin_context import Cancelled, Felt, Unasked, send_nowhere
from assistant.plugin_module import PluginModule, Setup
from assistant.values import Reply, Utterance
from assistant.wire import from_plain, to_plain

KINDS: dict[type[Unasked], str] = {Announcement: "say", Cancelled: "cancel", Felt: "correct"}
"""What may be sent unasked, by its key on the wire."""


@dataclass(frozen=True)
class Question:
    """What a plugin is asked about."""

    utterance: Utterance
    conversation: Conversation = field(default_factory=Conversation)
    asked_by: str = ""
    """Which plugin had asked something; empty for none."""
    audio: str = ""
    """Path of the sound of the utterance; empty where the plugin may not hear it."""


@dataclass(frozen=True)
class Answered:
    """The answer of a plugin that was asked."""

    reply: Reply | None
    has_more: bool = False
    """Whether more may follow, sentence by sentence."""


@dataclass(frozen=True)
class Done:
    """The answer of a plugin that has nothing to return."""

    done: bool = True


class PluginHost:
    """Loads one plugin when asked to, and then asks it."""

    def __init__(
        self,
        kind: str,
        name: str,
        location: str,
        send: Callable[[Unasked], None] = send_nowhere,
    ) -> None:
        """Describe the plugin, as `PluginModule` does; ``send`` is its `Context.send`."""
        self.module = PluginModule(kind, name, location)
        self.module.context.send = send
        self._is_loaded = False
        self._rest: Iterator[object] = iter(())
        self._answers: dict[str, Callable[[Message], object]] = {
            "load": self._load,
            "respond": self._respond,
            "next": lambda _: self._next(),
            "end": self._end,
            "adapt": self._adapt,
            "on_emotion": self._on_emotion,
            "stop": self._stop,
        }

    def answer(self, message: Message) -> Message:
        """Return the answer to one message of the parent.

        Raises:
            AssistantError: whatever went wrong inside the plugin, in one line.
        """
        (what,) = message
        try:
            if what != "load" and not self._is_loaded:
                raise PluginError("the child process died")  # this is the one after it
            return cast(Message, to_plain(self._answers[what](message[what])))
        except AssistantError as error:
            raise PluginError(f"{error}{self.module.where(error, is_told=True)}") from error
        except BaseException as error:
            # sys.exit() and the like included: a plugin's fault is told, then life goes on.
            traceback.print_exc()
            raise PluginError(self.module.told(error)) from error

    def _load(self, setup: Message) -> object:
        # Not through the wire: a section may hold whatever TOML can.
        loaded = self.module.load(Setup(setup["settings"], setup["store"]))
        self._is_loaded = True
        return loaded

    def _respond(self, plain: Message) -> Answered:
        reply = self._asked("respond", plain)
        if isinstance(reply, Iterator):
            self._rest = reply
            return self._next()
        return Answered(_as_reply("respond", reply))

    def _next(self) -> Answered:
        for part in self._rest:
            if (reply := _as_reply("respond", part)) is not None:
                return Answered(reply, has_more=True)
        return Answered(None)

    def _end(self, _: object) -> Done:
        rest, self._rest = self._rest, iter(())
        if close := getattr(rest, "close", None):
            close()
        return Done()

    def _adapt(self, plain: Message) -> Answered:
        reply = from_plain(Reply, plain["reply"])
        adapted = self._asked("adapt", plain["question"], reply=reply)
        return Answered(_as_reply("adapt", adapted))

    def _on_emotion(self, plain: Message) -> Done:
        self._asked("on_emotion", plain)
        return Done()

    def _stop(self, _: object) -> Done:
        self.module.call("stop")
        return Done()

    def _asked(self, hook: str, plain: Message, **arguments: object) -> object:
        question = from_plain(Question, plain)
        context = self.module.context
        context.conversation, context.asked_by = question.conversation, question.asked_by
        context.is_answer = context.asked_by == context.name
        if hook == "respond":
            context.begin()
        context.hear(question.audio)
        utterance = question.utterance
        if hook != "respond":
            arguments["emotion"] = utterance.emotion
        return self.module.call(hook, utterance=utterance, **arguments)


def _as_reply(hook: str, found: object) -> Reply | None:
    if isinstance(found, str):
        return Reply(found)
    if found is not None and not isinstance(found, Reply):
        kind = type(found).__name__
        raise PluginError(f"{hook} returned {kind}; return a Reply, a str or None")
    return found


def main() -> None:
    """Serve the parent."""
    pipes = Pipes()

    def send(unasked: Unasked) -> None:
        pipes.send({"unasked": {KINDS[type(unasked)]: to_plain(unasked)}})

    kind, name, location = sys.argv[1:]
    serve(PluginHost(kind, name, location, send).answer, pipes)


if __name__ == "__main__":
    main()
