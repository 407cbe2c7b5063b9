"""Utterances that a child process decodes while they are spoken.

See `recogniser_child.py` for what is said to it. Nobody but one thread waits for it.
"""

import base64
import os
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from contextlib import contextmanager
from typing import TypeVar

from assistant.audio import SAMPLE_RATE
from assistant.child import Child
from assistant.errors import ChildError
from assistant.pipes import Message
from assistant.recognition import DEADLINE_FACTOR, DEADLINE_SPARE_S, Words, to_pcm
from assistant.values import Samples

LOAD_DEADLINE_S = 60.0
"""Vosk's large models are 2 GB."""

BYTES_PER_MESSAGE = 2 * SAMPLE_RATE
"""A second: well below what a message to a child may hold."""

Result = TypeVar("Result")


class SteppedEngine:
    """A recogniser in a child process, which has loaded its model."""

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str] | None = None,
        spare_s: float = DEADLINE_SPARE_S,
        patience_s: float | None = None,
    ) -> None:
        """Start the process.

        Args:
            arguments: command line of `assistant.recogniser_child`.
            environment: the child's variables; None passes ours on.
            spare_s: as `DEADLINE_SPARE_S`.
            patience_s: how long better words are waited for once an utterance heard live is
                over, where a draft of them is there; None for as long as it takes.

        Raises:
            ChildError: it cannot be started or its model not be loaded.
        """
        inherited = os.environ if environment is None else environment
        # It makes copies of itself, for which it must have one thread alone.
        self._child = Child(
            "assistant.recogniser_child", arguments, {**inherited, "OPENBLAS_NUM_THREADS": "1"}
        )
        self._spare_s = spare_s
        self._patience_s = patience_s
        self._phrases: tuple[str, ...] = ()
        self._is_closed = False
        self._will_start = False
        # One thread alone talks to the child, so that nobody else waits for a pipe.
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recogniser")
        weakref.finalize(self, _end, self._child, self._worker)  # for who does not close it
        try:
            self._submit(self._start).result()
        except ChildError:
            self.close()
            raise

    def close(self) -> None:
        """End the process."""
        self._is_closed = True
        self._child.stop()  # what the worker waits for fails
        self._worker.shutdown()
        self._child.stop()  # should it have been starting just then

    def begin(self) -> "SteppedRecognition":
        """Begin an utterance."""
        return SteppedRecognition(self, is_whole=False, patience_s=self._patience_s)

    def whole(self, pcm: bytes) -> Words:
        """Return what is said in 16-bit samples at 16 kHz."""
        recognition = SteppedRecognition(self, is_whole=True, patience_s=None)
        for start in range(0, len(pcm), BYTES_PER_MESSAGE):
            recognition.feed_pcm(pcm[start : start + BYTES_PER_MESSAGE])
        return recognition.end()

    def listen_for(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Listen for phrases as well; returns the words in them that are not known."""
        self._phrases = tuple(phrases)
        return self._submit(self._ask_for_phrases).result()

    def submit(self, message: Message) -> "Future[None]":
        """Have the worker pass a message on; one that begins an utterance starts the child."""
        return self._submit(self._send, message)

    def ask(self, message: Message, duration_s: float) -> Message:
        """Return the child's answer about so much sound, after all that was submitted."""
        deadline_s = DEADLINE_FACTOR * duration_s + self._spare_s
        answer = self._submit(self._request, message, deadline_s)
        try:
            return answer.result(deadline_s + self._spare_s)
        except FutureTimeoutError:  # a child that reads no more has blocked the worker
            self._child.stop()
            return answer.result()

    def _submit(self, job: Callable[..., Result], *arguments: object) -> "Future[Result]":
        try:
            return self._worker.submit(job, *arguments)
        except RuntimeError:  # its way to say so
            closed: Future[Result] = Future()
            closed.set_exception(ChildError("the recogniser has been closed"))
            return closed

    def _start(self) -> None:
        self._will_start = False
        if self._is_closed:
            raise ChildError("the recogniser has been closed")
        if not self._child.is_running:
            self._child.start()
            self._child.receive(LOAD_DEADLINE_S)
            if self._phrases:
                self._request_phrases()

    def _send(self, message: Message) -> None:
        with self._started_again():
            if "begin" in message:
                self._start()
            self._check()
            self._child.send(message)

    def _request(self, message: Message, deadline_s: float) -> Message:
        with self._started_again():
            self._check()
            return self._child.request(message, deadline_s)

    def _ask_for_phrases(self) -> tuple[str, ...]:
        with self._started_again():
            self._start()
            return self._request_phrases()

    def _request_phrases(self) -> tuple[str, ...]:
        answer = self._child.request({"phrases": list(self._phrases)}, LOAD_DEADLINE_S)
        return tuple(answer["unknown"])

    def _check(self) -> None:
        """Refuse to give the middle of an utterance to a child that has not its beginning."""
        if not self._child.is_running:
            raise ChildError("the child process died")

    @contextmanager
    def _started_again(self) -> Iterator[None]:
        """Start a child that has died over this again, in time for the next utterance."""
        try:
            yield
        except ChildError:
            if not (self._child.is_running or self._will_start or self._is_closed):
                self._will_start = True
                self._submit(self._start)  # if it fails, whoever comes next is told
            raise


def _end(child: Child, worker: ThreadPoolExecutor) -> None:
    child.stop()
    worker.shutdown(wait=False)


class SteppedRecognition:
    """One utterance in the child process."""

    def __init__(self, engine: SteppedEngine, is_whole: bool, patience_s: float | None) -> None:
        """Begin it; a whole one is decoded when all of it is there."""
        self._engine = engine
        self._patience_s = patience_s
        self._n_bytes = 0
        self._kept: list[bytes] | None = None
        self._sent = [engine.submit({"begin": {"is_whole": is_whole}})]

    def feed(self, samples: Samples) -> None:
        """Take the next sound."""
        self.feed_pcm(to_pcm(samples))

    def feed_pcm(self, pcm: bytes) -> None:
        """Take the next sound as 16-bit samples."""
        if self._kept is None:
            self._n_bytes += len(pcm)
            self._submit({"hear": base64.b64encode(pcm).decode()})
        else:
            self._kept.append(pcm)

    def pause(self) -> None:
        """Find the words now."""
        if self._kept is None:
            self._kept = []
            self._submit({"pause": True})

    def resume(self) -> None:
        """Go on with what was held back."""
        if self._kept is not None:
            self._submit({"resume": True})
            kept, self._kept = self._kept, None
            for pcm in kept:
                self.feed_pcm(pcm)

    def end(self) -> Words:
        """Return the words."""
        duration_s = self._n_bytes / 2 / SAMPLE_RATE
        try:
            # Both processes read the same clock: monotonic counts from the system's start.
            patience_s = self._patience_s
            until_s = None if patience_s is None else time.monotonic() + patience_s
            answer = self._engine.ask({"end": {"until_s": until_s}}, duration_s)
        except ChildError:
            for sent in self._sent:  # what went wrong first says more
                sent.result()
            raise
        return Words(answer["text"], answer["phrase"], answer.get("confidence"))

    def drop(self) -> None:
        """Forget it."""
        self._submit({"drop": True})

    def _submit(self, message: Message) -> None:
        self._sent.append(self._engine.submit(message))
