"""A publisher's web server on this machine, with the faults that real ones have."""

import http.server
import os
import socket
import struct
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest.mock import patch

ETAG = '"first"'


@dataclass
class Publisher:
    """What is served, how, and what was asked for."""

    files: dict = field(default_factory=dict)
    """Path with query to bytes."""
    host: str = ""
    has_ranges: bool = True
    headers: dict = field(default_factory=lambda: {"ETag": ETAG})
    cuts: list = field(default_factory=list)
    """After how many bytes each answer is cut, in turn; then they are whole."""
    refusals: list = field(default_factory=list)
    """Status and headers of the first answers."""
    holds: bool = False
    """Whether an answer that would be cut is left open instead, without a word."""
    resets: bool = False
    """Whether an answer that is cut ends with a reset, as if the line had broken."""
    tells_length: bool = True
    wrong_range: bool = False
    requests: list = field(default_factory=list)
    """``(path, range, version)`` of each request."""
    going_down: threading.Event = field(default_factory=threading.Event)
    is_holding: threading.Event = field(default_factory=threading.Event)

    def answer(self, request):
        """Answer one request of the standard library's server."""
        asked, version = request.headers["Range"], request.headers["If-Range"]
        self.requests.append((request.path, asked, version))
        if self.refusals:
            status, headers = self.refusals.pop(0)
            return self._send(request, status, headers, b"")
        if request.path not in self.files:
            if self.holds:
                self.is_holding.wait(5)
            return self._send(request, 404, {}, b"not here")
        content, status, headers = self.files[request.path], 200, dict(self.headers)
        if asked and self.has_ranges and version in self.headers.values():
            first = int(asked.removeprefix("bytes=").removesuffix("-"))
            claimed = first + self.wrong_range
            headers["Content-Range"] = f"bytes {claimed}-{len(content) - 1}/{len(content)}"
            content, status = content[first:], 206
        return self._send(request, status, headers, content)

    def _send(self, request, status, headers, content):
        if self.tells_length:
            headers = {"Content-Length": str(len(content)), **headers}
        request.send_response(status)
        for name, value in headers.items():
            request.send_header(name, value)
        request.end_headers()
        is_cut = status in (200, 206) and bool(self.cuts)
        request.wfile.write(content[: self.cuts.pop(0)] if is_cut else content)
        if is_cut and self.holds:
            self.is_holding.set()
            self.going_down.wait(30)
        if is_cut and self.resets:
            at_once = struct.pack("ii", 1, 0)
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            os.close(request.connection.detach())


@contextmanager
def serving(**how):
    """A publisher that answers while the block runs."""
    publisher = Publisher(**how)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            publisher.answer(self)

        def log_message(self, *arguments):
            """Print nothing."""

    with (
        patch.dict(os.environ, {"no_proxy": "127.0.0.1"}),  # the machine's proxy is not asked
        http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server,
    ):
        server.daemon_threads = True
        publisher.host = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield publisher
        finally:
            publisher.going_down.set()
            server.shutdown()
            thread.join()
