"""Where speech comes from: recordings, the microphone, or typed words."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Protocol, TextIO

from assistant.announcements import Announcements
from assistant.audio import read_audio
from assistant.endpointing import Endpointer, chunked
from assistant.errors import AudioError
from assistant.pipeline import KEYBOARD, Said
from assistant.values import Samples, Transcript, Utterance

MAX_TYPED_CHARACTERS = 5_000
"""Longest line taken as one utterance, about six minutes of speech."""

LOOK_S = 0.2
"""How often it is looked whether something is announced, s."""


class Listens(Protocol):
    """A microphone, as far as a conversation needs one."""

    def chunks(self) -> Iterator[Samples]:
        """Yield 32 ms of sound at a time, 16 kHz, while it goes on."""

    def discard(self) -> None:
        """Drop what was captured and not yet yielded."""


def from_recordings(
    paths: Iterable[Path],
    endpointer: Endpointer,
    max_file_s: float,
    report: Callable[[AudioError], None],
    note: Callable[[str], None],
    announcements: Announcements,
) -> Iterator[Said]:
    """Yield what is said in each recording, in order, and between them what is announced.

    Args:
        paths: the recordings.
        endpointer: cuts them into stretches of speech.
        max_file_s: longest recording taken, s.
        report: told of each that cannot be used; the others go on.
        note: told of each in which nobody speaks.
        announcements: what the assistant has to say by itself.
    """
    for path in paths:
        yield from announced(announcements)
        try:
            audio = read_audio(path, max_file_s)
        except AudioError as error:
            report(error)
            continue
        is_silent = True
        for speech in endpointer.speeches(chunked(audio)):
            is_silent = False
            yield Said(speech, str(path))
        if is_silent:
            note(f"{path}: nobody speaks in it")
    yield from announced(announcements)


def announced(announcements: Announcements) -> Iterator[Said]:
    """Yield what the assistant has to say by itself now."""
    while (reply := announcements.take()) is not None:
        yield Said(reply, reply.plugin)


def from_microphone(microphone: Listens, endpointer: Endpointer) -> Iterator[Said]:
    """Yield what is said into the microphone, for ever.

    It listens only while it is asked for the next utterance: what is captured while the
    assistant speaks is dropped, so that it does not answer itself.
    """
    while True:
        microphone.discard()
        for speech in endpointer.speeches(microphone.chunks()):
            yield Said(speech, "microphone")
            break


def from_keyboard(
    lines: TextIO,
    prompt: Callable[[], None],
    note: Callable[[str], None],
    announcements: Announcements,
) -> Iterator[Said]:
    """Yield each line that is typed, and what is announced while nobody types.

    Args:
        lines: what is typed; read in a thread of its own.
        prompt: called before each line.
        note: told of a line that is too long, which is left out.
        announcements: what the assistant has to say by itself.
    """
    typed: queue.Queue[str | None] = queue.Queue()
    threading.Thread(target=_read_lines, args=(lines, typed), daemon=True).start()
    prompt()
    while True:
        try:
            line = typed.get(timeout=LOOK_S)
        except queue.Empty:
            for said in announced(announcements):
                yield said
                prompt()
            continue
        if line is None:
            break
        words = " ".join(line.split())
        if len(words) > MAX_TYPED_CHARACTERS:
            note(f"a line of {len(words)} characters is too long; type it in parts")
        elif words:
            yield Said(Utterance(Transcript(words)), KEYBOARD)
        prompt()
    yield from announced(announcements)


def _read_lines(lines: TextIO, typed: "queue.Queue[str | None]") -> None:
    try:
        for line in lines:
            typed.put(line)
    finally:
        typed.put(None)
