"""Answers with a language model, sentence by sentence, that a server of your choice runs.

Off until `url` is set. Where that is another machine, what you say leaves this one.
"""

from __future__ import annotations

import json
import queue
import re
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from assistant import (
    AssistantError,
    Context,
    Conversation,
    EmotionEstimate,
    Reply,
    Utterance,
    crisis_reply,
    hookimpl,
)
from assistant.streamed_text import StreamedText

if TYPE_CHECKING:
    import http.client
    import ssl

SYSTEM = (
    "You are Tonewise, a voice assistant that hears tone as well as words. What you write is "
    "spoken aloud: answer in one to three short spoken sentences, in the language of the "
    "person. Write plain words only: no markup, no lists, no emoji, no web addresses. A speech "
    "recogniser wrote down what the person said, and it errs: make sense of it, or ask. A note "
    "in square brackets tells how the voice sounded. Let it guide your manner, do not repeat "
    "it, and never claim to know a feeling that is not certain."
)
"""What the model is told before each conversation."""


@dataclass
class Settings:
    """The table ``[plugins.chat]`` of the settings file."""

    url: str = ""
    """Where the server is: ``http://localhost:11434`` for Ollama on this machine,
    ``http://localhost:8080/v1`` for llama.cpp; empty for none. What is said, and what was said
    shortly before, is sent there: to another machine it leaves this one."""
    kind: str = "openai"
    """``openai`` for a server that has its chat completions, as most do, or ``ollama``."""
    model: str = ""
    """Which model, by the name that the server knows."""
    key_file: str = ""
    """File that holds the API key and nothing else; empty for none. Only ``https`` keeps the
    key, and all that is said, from others on the way."""
    system: str = SYSTEM
    """What the model is told before each conversation."""
    history: int = 6
    """So many earlier turns are sent, 0 to 20."""
    first_s: float = 5.0
    """How long to wait for the first sentence, s; for more than 5, raise ``patience_s`` of
    ``[plugins]`` as well. A server that loads its model when first asked may need it."""
    next_s: float = 6.0
    """How long to wait for each further sentence, s, up to 19."""
    tells_feelings: bool = True
    """Whether the model is told how the voice sounded."""


LIMITS = {"history": (0, 20), "first_s": (0.1, 600), "next_s": (0.1, 19)}
"""Least and most of a setting. The assistant itself waits 20 s for a further sentence."""


chat: Chat | None = None
"""None while no server is named."""


def start(context: Context) -> None:
    """Take note of the server.

    Raises:
        AssistantError: a setting does not fit.
    """
    global chat
    settings = context.settings
    chat = Chat(settings, server_of(settings)) if settings.url else None


@hookimpl(trylast=True)
def respond(utterance: Utterance, context: Context) -> Reply | Iterator[str] | None:
    """Return what the model says, sentence by sentence; None leaves it to the next plugin."""
    if chat is None:
        return None
    if help_in_need := crisis_reply(utterance.transcript.text):
        return help_in_need
    if not utterance.transcript.text.strip():
        return None
    return chat.answer(utterance, context.conversation)


MAX_CHARACTERS = 1_200
"""Longest answer, a minute and a half of speech; the model is left alone after it."""
PAUSE_S = 60.0
"""So long the next plugin answers after the server failed, s."""
MAX_CAUSE_CHARACTERS = 300
"""Of what a server says about its faults."""

NO_ANSWER = "My chat server does not answer; check plugins.chat.url."
"""What is said where there is no answer at all, nor part of one."""
BAD_KEY = "My chat server refuses my key; check plugins.chat.key_file."
NOT_FOUND = (
    "My chat server does not know what I ask for; "
    "check plugins.chat.url and plugins.chat.model."
)
FAULT = "My chat server answers with a fault; check plugins.chat, or start me with debug."
APOLOGIES = {
    **dict.fromkeys((0, 301, 302, 307, 308), NO_ANSWER),
    **dict.fromkeys((401, 403), BAD_KEY),
    **dict.fromkeys((400, 404), NOT_FOUND),
}
"""By the status that a server answers with, 0 where it does not; `FAULT` for all others."""


class Chat:
    """Asks the server, and leaves it alone for a while after it failed."""

    def __init__(
        self, settings: Settings, server: Server, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take note of whom to ask; ``clock`` counts seconds."""
        self._settings, self._server, self._clock = settings, server, clock
        self._pause_until_s = float("-inf")
        self._is_failure_told = False

    def answer(self, utterance: Utterance, conversation: Conversation) -> Iterator[str] | None:
        """Return the sentences of an answer; None while the server is left alone."""
        if self._clock() < self._pause_until_s:
            return None
        return self._answer(self._body(utterance, conversation))

    def _answer(self, body: bytes) -> Iterator[str]:
        n_said = 0
        try:
            with closing(Call(self._server, body, self._settings.first_s)) as call:
                for sentence in self._sentences(call):
                    n_said += len(sentence)
                    if n_said > MAX_CHARACTERS:
                        return
                    self._is_failure_told = False
                    yield sentence
        except ServerError as error:
            self._log(error)
            if n_said == 0:
                yield from self._failed(error)

    def _sentences(self, call: Call) -> Iterator[str]:
        text = StreamedText()
        has_begun = False
        by_s = time.monotonic() + self._settings.first_s
        piece: str | None = ""
        while piece is not None:
            fault = None
            try:
                piece = call.piece(by_s - time.monotonic())
                sentences = text.end() if piece is None else text.add(piece)
            except ServerError as error:
                fault, sentences = error, text.begun()
            # Slow is not broken: a first sentence that is begun goes on in the next one.
            is_slow_start = isinstance(fault, TooSlowError) and not has_begun
            for sentence in sentences:
                yield sentence
                has_begun = True
                by_s = time.monotonic() + self._settings.next_s  # speaking takes time
            if fault and not (is_slow_start and has_begun):
                raise fault

    def _failed(self, error: ServerError) -> Iterator[str]:
        """Pause, and say so unless that was said since the last answer."""
        self._pause_until_s = self._clock() + PAUSE_S
        if not self._is_failure_told:
            self._is_failure_told = True
            yield APOLOGIES.get(error.status, FAULT)

    def _log(self, error: ServerError) -> None:
        cause = " ".join(str(error).split())
        if self._server.key:
            cause = cause.replace(self._server.key, "(the key)")  # some servers quote it
        print(f"chat: {self._server.host}: {cause[:MAX_CAUSE_CHARACTERS]}", file=sys.stderr)

    def _body(self, utterance: Utterance, conversation: Conversation) -> bytes:
        told = note(utterance, conversation) if self._settings.tells_feelings else ""
        # With what was said, not before it: servers remember how a conversation begins.
        asked = {"role": "user", "content": utterance.transcript.text + told}
        request: dict[str, object] = {
            "model": self._settings.model,
            "messages": [*self._before(conversation), asked],
            "stream": True,
        }
        if self._settings.kind == "ollama":
            request["think"] = False  # it would for longer than anybody waits
        return json.dumps(request).encode()

    def _before(self, conversation: Conversation) -> Iterator[dict[str, str]]:
        if self._settings.system.strip():
            yield {"role": "system", "content": self._settings.system}
        failures = (FAULT, *APOLOGIES.values())
        # Some models refuse two messages in a row from one side.
        turns = [
            turn
            for turn in conversation.turns
            if turn.text.strip() and turn.reply and not turn.reply.endswith(failures)
        ]
        for turn in turns[max(0, len(turns) - self._settings.history) :]:
            yield {"role": "user", "content": turn.text}
            yield {"role": "assistant", "content": turn.reply}


def confidence(emotion: EmotionEstimate) -> str:
    """Return in words how much an estimate is worth."""
    if emotion.certain:
        return "certain"
    return "likely" if emotion.is_reliable else "unsure"


def note(utterance: Utterance, conversation: Conversation) -> str:
    """Return what the model is told about the voice; empty for typed words."""
    emotion = utterance.emotion
    if emotion is None:
        return ""
    told = [f"the voice sounds {emotion.label} ({confidence(emotion)})"]
    if utterance.is_mixed:
        told.append(f"words and voice {'' if emotion.certain else 'seem to '}disagree")
    if mood := conversation.mood():
        told.append(f"in the last minutes it sounded {mood.label} ({confidence(mood)})")
    return f"\n\n[Noted by the assistant, not said: {'; '.join(told)}.]"


MAX_LINE_BYTES = 100_000
"""A longer line of a server's is nonsense; one holds a word or two."""
MAX_ANSWER_BYTES = 4_000_000
"""What is read of an answer, thoughts included."""


class Call:
    """One request, and the answer to it as it comes.

    A thread reads it: looking up a name, connecting and reading can each take longer than
    anybody waits.
    """

    def __init__(self, server: Server, body: bytes, timeout_s: float) -> None:
        """Begin it; ``timeout_s`` is for connecting."""
        self._server, self._body, self._timeout_s = server, body, timeout_s
        self._pieces: queue.SimpleQueue[str | ServerError | None] = queue.SimpleQueue()
        self._socket: socket.socket | None = None
        self._is_closed = False
        threading.Thread(target=self._read, name="chat", daemon=True).start()

    def piece(self, wait_s: float) -> str | None:
        """Return what comes next of the answer, None at its end.

        Raises:
            TooSlowError: nothing comes for so long.
            ServerError: the server cannot be used, or breaks off.
        """
        try:
            found = self._pieces.get(timeout=max(0.0, wait_s))
        except queue.Empty:
            raise TooSlowError("no sentence in time") from None
        if isinstance(found, ServerError):
            raise found
        return found

    def close(self) -> None:
        """Leave the rest; the server learns of it at once."""
        self._is_closed = True
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                self._socket.shutdown(socket.SHUT_RDWR)

    def _read(self) -> None:
        try:
            for piece in self._received():
                self._pieces.put(piece)
            self._pieces.put(None)
        except ServerError as error:
            self._pieces.put(error)
        # Whatever a server sends or the network does must end the wait, and is no fault of
        # the plugin.
        except Exception as error:
            self._pieces.put(ServerError(_cause(error)))

    def _received(self) -> Iterator[str]:
        with closing(self._server.connection(self._timeout_s)) as connection:
            connection.connect()
            self._socket = connection.sock
            if self._is_closed:
                return
            connection.sock.settimeout(None)  # from here on `close` ends it
            connection.request("POST", self._server.path, self._body, self._server.headers())
            with connection.getresponse() as response:
                if response.status != 200:
                    raise ServerError(_refusal(response), response.status)
                try:
                    yield from self._pieces_of(response)
                except Exception as error:  # it answers, but not as it should
                    raise ServerError(_cause(error), response.status) from error

    def _pieces_of(self, response: http.client.HTTPResponse) -> Iterator[str]:
        _, read = PROTOCOLS[self._server.kind]
        n_left = MAX_ANSWER_BYTES
        while line := response.readline(MAX_LINE_BYTES):
            n_left -= len(line)
            if n_left < 0:
                raise ServerError("the server sends without end")
            piece, is_over = read(line.decode().strip())
            if not isinstance(piece, str):
                raise ServerError(f"the server sent no text but {piece!r:.80}")
            yield piece
            if is_over:
                return
        raise ServerError("the server broke off")


def _cause(error: Exception) -> str:
    return str(error) if isinstance(error, ServerError) else f"{type(error).__name__}: {error}"


def _refusal(response: http.client.HTTPResponse) -> str:
    to = response.getheader("Location")
    why = f"to {to}, which is not followed" if to else response.read1(1_000).decode("latin-1")
    return f"the server answered {response.status} {response.reason} {why}"


class ServerError(Exception):
    """The server cannot be used; ``status`` is that of its answer, 0 where there was none."""

    def __init__(self, cause: str, status: int = 0) -> None:
        super().__init__(cause)
        self.status = status


class TooSlowError(ServerError):
    """Nothing came in time."""


def openai_piece(line: str) -> tuple[object, bool]:
    """Return what a line of server-sent events adds, and whether the answer ends with it."""
    name, _, content = line.partition(":")
    if name in ("", "event", "id", "retry"):
        return "", False
    if name != "data":
        raise ServerError(f"the server sent no event but {line[:80]!r}")
    if content.strip() == "[DONE]":
        return "", True
    choices = event_in(content).get("choices")
    if not choices:
        return "", False  # a count of words, say
    delta = choices[0].get("delta") or {}
    return delta.get("content") or "", bool(choices[0].get("finish_reason"))


def ollama_piece(line: str) -> tuple[object, bool]:
    """Return what a line of Ollama's adds, and whether the answer ends with it."""
    if not line:
        return "", False
    event = event_in(line)
    message = event.get("message") or {}
    return message.get("content") or "", bool(event.get("done"))


def event_in(text: str) -> dict[str, Any]:
    """Return an event that is written in JSON.

    Raises:
        ServerError: it is none, or reports a fault.
    """
    try:
        event = json.loads(text)
    except ValueError as error:
        raise ServerError(f"the server sent no JSON but {text[:80]!r}") from error
    if fault := event.get("error"):
        raise ServerError(f"the server reports {fault}")
    return cast(dict[str, Any], event)


PROTOCOLS: dict[str, tuple[str, Callable[[str], tuple[object, bool]]]] = {
    "openai": ("/chat/completions", openai_piece),
    "ollama": ("/api/chat", ollama_piece),
}
"""Kind of server to the end of its address and to what reads a line of its answers."""


@dataclass(frozen=True)
class Server:
    """Where requests go, and how."""

    kind: str
    host: str
    port: int
    path: str
    key: str = field(default="", repr=False)
    tls: ssl.SSLContext | None = None
    """Checks certificates; None where nothing is encrypted."""

    def connection(self, timeout_s: float) -> http.client.HTTPConnection:
        """Return a connection that is not open yet; it never follows a redirect."""
        import http.client  # slow as well

        if self.tls is None:
            return http.client.HTTPConnection(self.host, self.port, timeout=timeout_s)
        return http.client.HTTPSConnection(
            self.host, self.port, timeout=timeout_s, context=self.tls
        )

    def headers(self) -> dict[str, str]:
        """Return what goes before each request."""
        headers = {"Content-Type": "application/json", "User-Agent": "tonewise"}
        return headers | {"Authorization": f"Bearer {self.key}"} if self.key else headers


def server_of(settings: Settings) -> Server:
    """Return the server that the settings name.

    Raises:
        AssistantError: a setting does not fit.
    """
    import ssl  # slow, and who has no server does without

    checked(settings)
    url = settings.url
    if re.match(r"\w*:?/*[^/]*@", url):
        raise unfit("url", "must hold no name or password; key_file is for secrets")
    if not re.fullmatch(r"https?://[!-~]+", url):
        raise unfit("url", f"must be like http://localhost:11434, got {url!r}")
    try:
        parts = urlsplit(url)
        is_secure = parts.scheme == "https"
        port = parts.port or (443 if is_secure else 80)
    except ValueError as error:
        raise unfit("url", f"is none: {error}") from error
    path = parts.path.rstrip("/") + PROTOCOLS[settings.kind][0]
    query = f"?{parts.query}" if parts.query else ""
    tls = ssl.create_default_context() if is_secure else None
    key = key_in(settings.key_file)
    return Server(settings.kind, parts.hostname or "", port, path + query, key, tls)


def checked(settings: Settings) -> None:
    """Check what needs no look elsewhere.

    Raises:
        AssistantError: a setting does not fit.
    """
    if settings.kind not in PROTOCOLS:
        raise unfit("kind", f"must be {' or '.join(PROTOCOLS)}, got {settings.kind!r}")
    if not settings.model.strip():
        raise unfit("model", "is missing: name one that the server has")
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(settings, name) <= most:
            raise unfit(name, f"must be {least} to {most}, got {getattr(settings, name)}")


def unfit(setting: str, what: str) -> AssistantError:
    """Return an error that says what is wrong with a setting."""
    return AssistantError(f"plugins.chat.{setting} {what}")


def key_in(file: str) -> str:
    """Return the key that a file holds; empty where no file is named.

    Raises:
        AssistantError: it cannot be read, or holds something else. It is never quoted.
    """
    if not file:
        return ""
    try:
        key = Path(file).expanduser().read_bytes().decode("ascii", "replace").strip()
    except (OSError, RuntimeError, ValueError) as error:  # no such home; a NUL in the name
        cause = getattr(error, "strerror", None) or error
        raise unfit("key_file", f"cannot be read: {file}: {cause}") from error
    if not re.fullmatch(r"[!-~]+", key):
        raise unfit("key_file", f"must hold one key and nothing else: {file}")
    return key
