"""A chat server on this machine that answers as a test tells it to."""

import json
import socket
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 10
"""No wait lasts longer, so that a test that fails also ends."""

BREAK = object()
"""Part of an answer: the connection is lost, in the middle of a chunk."""


def event(text, **more):
    """What an OpenAI-compatible server sends with a part of its answer."""
    chunk = {"choices": [{"index": 0, "delta": {"content": text}, **more}]}
    return f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode()


DONE = b"data: [DONE]\n\n"


def line(text, done=False):
    """What Ollama sends with a part of its answer."""
    message = {"role": "assistant", "content": text}
    return json.dumps({"message": message, "done": done}, ensure_ascii=False).encode() + b"\n"


def openai(*texts):
    """The parts of a whole answer, as an OpenAI-compatible server sends them."""
    opening = {"choices": [{"delta": {"role": "assistant", "content": None}}]}
    closing = {"choices": [{"delta": {}, "finish_reason": "stop"}]}
    first, last = (f"data: {json.dumps(chunk)}\n\n".encode() for chunk in (opening, closing))
    return [first, *map(event, texts), last, DONE]


def ollama(*texts):
    """The parts of a whole answer, as Ollama sends them."""
    return [*map(line, texts), line("", done=True)]


def cut(parts, n_bytes):
    """The same bytes in parts of so many, which end in the middle of lines and letters."""
    whole = b"".join(parts)
    return [whole[begin : begin + n_bytes] for begin in range(0, len(whole), n_bytes)]


@dataclass
class Answer:
    """What the server does with a request."""

    parts: list = field(default_factory=list)
    """Each is sent at once: bytes; or waited for: seconds, an Event; or `BREAK`."""
    status: int = 200
    headers: dict = field(default_factory=dict)
    has_length: bool = False
    """Whether it says how long it is, instead of sending chunks."""
    before: threading.Event | None = None
    """What is waited for before the first byte."""


@dataclass
class Request:
    """What the server was asked."""

    path: str
    headers: dict
    body: dict


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        chat = self.server.chat
        body = self.rfile.read(int(self.headers["Content-Length"]))
        chat.requests.append(Request(self.path, dict(self.headers), json.loads(body)))
        with suppress(OSError):  # the client has hung up
            self._answer(chat, chat.answer)
        chat.wait(chat.over, self.connection)
        self.close_connection = True

    def _answer(self, chat, answer):
        if answer.before is not None:
            chat.wait(answer.before, self.connection)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        content = [part for part in answer.parts if isinstance(part, bytes)]
        if answer.has_length:
            self.send_header("Content-Length", str(len(b"".join(content))))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in answer.parts:
            if part is BREAK:
                self.wfile.write(b"40\r\ndata: ")
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._send(chat, part, answer.has_length)
        if not answer.has_length:
            self.wfile.write(b"0\r\n\r\n")

    def _send(self, chat, part, is_plain):
        if isinstance(part, threading.Event):
            chat.wait(part, self.connection)
        elif isinstance(part, float):
            time.sleep(part)
        elif part:
            self.wfile.write(part if is_plain else b"%x\r\n%b\r\n" % (len(part), part))
            chat.n_sent += 1

    def log_message(self, *_):
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    # A connection that fails, as one without a certificate that is trusted, is wanted.
    def handle_error(self, *_):
        pass


class ChatServer:
    """The server, in threads of its own while the block lasts."""

    def __init__(self, answer=None, tls=None):
        self.answer = answer or Answer(openai("Hello there."))
        self.requests = []
        self.n_sent = 0
        """Parts that were sent."""
        self.hung_up = threading.Event()
        """Set when a client closes a connection."""
        self.over = threading.Event()
        """A part that never comes: set when the test ends."""
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = False
        self._server.chat = self
        self.address = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{'https' if tls else 'http'}://{self.address}"
        if tls:
            self._server.socket = tls.wrap_socket(
                self._server.socket, server_side=True, do_handshake_on_connect=False
            )
        self._thread = threading.Thread(target=self._server.serve_forever, args=[0.02])

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *error):
        self.over.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()  # waits for the threads that answer

    @property
    def request(self):
        """The last request."""
        return self.requests[-1]

    def wait(self, event, connection):
        """Wait for an event, or until the client closes the connection, which is noted."""
        connection.settimeout(0.02)
        end_s = time.monotonic() + PATIENCE_S
        while not (event.is_set() or self.over.is_set()) and time.monotonic() < end_s:
            try:
                is_open = bool(connection.recv(1))
            except TimeoutError:
                continue
            except OSError:
                is_open = False  # it was reset
            if not is_open:
                self.hung_up.set()
                return
        connection.settimeout(None)


def dead_address():
    """An address of this machine where nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{unused.getsockname()[1]}"
