"""Asking an HTTP server: what may pass is tried again, the rest is one error."""

import http.client
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeVar

from assistant.errors import CorpusError

PAUSES_S = (1.0, 4.0, 10.0)
"""Before each further try, s; a server may ask for more."""

LONGEST_PAUSE_S = 120.0
"""The most that a server is given, s."""

_TIMEOUT_S = 30.0  # to connect, and for each piece of the answer
_CHUNK_BYTES = 2**18
_MAY_PASS = frozenset({408, 429, 500, 502, 503, 504})
_RANGE_REFUSED = 416

_Result = TypeVar("_Result")


class InterruptedTransferError(Exception):
    """The connection or server failed in a way that may pass; does not leave `retried`."""

    def __init__(self, why: str, pause_s: float = 0.0) -> None:
        """Say why, and how long the server wants to be left alone, s."""
        super().__init__(why)
        self.pause_s = pause_s


class RangeRefusedError(InterruptedTransferError):
    """The server has no such part of the file: ask for all of it."""


def opened(address: str, headers: Mapping[str, str] | None = None) -> http.client.HTTPResponse:
    """Return the answer of an address, which the caller closes and reads by `chunks`.

    Raises:
        CorpusError: the server refuses.
        InterruptedTransferError: it cannot be reached, or refuses for the moment.
    """
    request = urllib.request.Request(
        address, headers={"User-Agent": "tonewise", **(headers or {})}
    )
    try:
        response: http.client.HTTPResponse = urllib.request.urlopen(request, timeout=_TIMEOUT_S)
    except urllib.error.HTTPError as error:
        with error:
            answer = f"{address} answers {error.code} {error.reason}"
            if error.code == _RANGE_REFUSED:
                raise RangeRefusedError(answer) from error
            if error.code in _MAY_PASS:
                wish = str(error.headers.get("Retry-After", ""))
                raise InterruptedTransferError(
                    answer, int(wish) if wish.isdecimal() else 0
                ) from error
            raise CorpusError(answer) from error
    except (OSError, http.client.HTTPException) as error:
        raise InterruptedTransferError(
            f"{address} cannot be reached ({_why(error)})"
        ) from error
    return response


def chunks(response: http.client.HTTPResponse) -> Iterator[bytes]:
    """Yield the answer piece by piece; it may end early without an error.

    Raises:
        InterruptedTransferError: the connection was lost.
    """
    while True:
        try:
            chunk = response.read1(_CHUNK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise InterruptedTransferError(
                f"the connection was lost ({_why(error)})"
            ) from error
        if not chunk:
            return
        yield chunk


def retried(
    action: Callable[[], _Result],
    wait: Callable[[float], object] = time.sleep,
    pauses_s: Sequence[float] = PAUSES_S,
) -> _Result:
    """Return the result of an action, which is tried again after each pause.

    Args:
        action: What may raise `InterruptedTransferError`.
        wait: Called with the seconds to wait.
        pauses_s: What is waited before each further try, s; none of them, one try.

    Raises:
        CorpusError: it was interrupted each time.
    """
    for pause_s in pauses_s:
        try:
            return action()
        except InterruptedTransferError as error:
            wait(min(max(pause_s, error.pause_s), LONGEST_PAUSE_S))
    try:
        return action()
    except InterruptedTransferError as error:
        raise CorpusError(str(error)) from error


def _why(error: Exception) -> str:
    reason = getattr(error, "reason", error)  # urllib wraps the error of the socket
    return getattr(reason, "strerror", None) or str(reason) or type(error).__name__
