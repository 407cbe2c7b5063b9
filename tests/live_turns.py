"""Turns with a program over the virtual sound card, timed as a person in the room would."""

import contextlib
import json
import queue
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.audio import SAMPLE_RATE, read_audio, resample
from assistant.recognition import to_pcm
from assistant.values import Audio
from tests.processes import PATIENCE_S, PythonProcess
from tests.virtual_audio import Recording, VirtualAudio, alignment

VOICED_DB = -35.0
"""What is this far below the loudest 10 ms of a recording is no voice any more."""

BLOCKS_PER_S = 100

FRAMES_PER_S = 100
"""Of PocketSphinx."""

SPOKEN_OUT_S = 0.15
"""What is loud so long after the last aligned word, or before the first, is breath or the room,
s."""

SILENCE_S = 4.0
"""Who has not answered by then does not."""

LONGEST_REPLY_S = 60.0


class Program(PythonProcess):
    """A program that prints events as JSON lines; they are kept with their time."""

    lives_s = 3 * 3600.0

    def __init__(self, environment, *arguments, cwd=None):
        super().__init__(environment, *arguments, cwd=cwd)
        self._events = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self._events.put(json.loads(line))
        self._events.put(None)

    def until(self, *names, within_s) -> list[dict]:
        """Return the events up to the first of those names, or all that came within the time.

        Raises:
            EOFError: the program ended.
        """
        found, end_s = [], time.monotonic() + within_s
        while (left_s := end_s - time.monotonic()) > 0:
            try:
                event = self._events.get(timeout=left_s)
            except queue.Empty:
                break
            if event is None:
                raise EOFError(self.process.stderr.read())
            found.append(event)
            if event["event"] in names:
                break
        return found

    def expect(self, name: str) -> list[dict]:
        """Return the events up to the first of that name; it must come."""
        events = self.until(name, within_s=PATIENCE_S)
        assert events and events[-1]["event"] == name, (name, events)
        return events


@dataclass(frozen=True)
class LiveTurn:
    """What followed when a recording was played into the room."""

    path: Path
    heard: tuple[str, ...]
    """What was taken for an utterance, in words; one for each."""
    response_s: float | None
    """From the last voiced sample into the microphone to the first audible one out of the
    loudspeaker; None without an answer."""
    timings_ms: dict[str, float] = field(default_factory=dict)
    errors: tuple[str, ...] = ()


@contextlib.contextmanager
def both_ends(card: VirtualAudio) -> Iterator[tuple[Recording, Recording]]:
    """Record the room and the loudspeaker."""
    with card.record("room.monitor") as room, card.record() as speaker:
        yield room, speaker


def take_turn(
    card: VirtualAudio, program: Program, path: Path, voiced_s: float | None = None
) -> LiveTurn:
    """Play a recording into the room and wait until it was answered.

    Args:
        card: with the room.
        program: what listens and answers.
        path: the recording.
        voiced_s: where in it the last voiced sample ends; None for that of all its sound.
    """
    with both_ends(card) as (room, speaker):
        begin_s = time.monotonic()
        card.say(path)
        events = program.until("reply", "error", within_s=SILENCE_S)
        if events and events[-1]["event"] == "reply":
            events += program.until("listening", within_s=LONGEST_REPLY_S)
        time.sleep(0.3)
    events += program.until(within_s=0.01)
    clip = read_audio(path)
    ended_s = arrived_s(room, clip, begin_s) + (voiced_s or voiced_until_s(clip))
    sounds_s = speaker.sounds_s(begin_s)
    timings = [event["timings_ms"] for event in events if event["event"] == "timings"]
    return LiveTurn(
        path,
        tuple(e["transcript"]["text"] for e in events if e["event"] == "heard"),
        float(sounds_s[0]) - ended_s if sounds_s.size else None,
        timings[0] if timings else {},
        tuple(event["error"] for event in events if event["event"] == "error"),
    )


def arrived_s(room: Recording, clip: Audio, begin_s: float) -> float:
    """Return when the first sample of a clip arrived in the room."""
    recorded, begins_s = room.since(begin_s - 0.5)
    found = resample(recorded, SAMPLE_RATE)
    first, correlation, _ = alignment(found.samples, clip.samples)
    assert correlation > 0.9, f"the clip did not arrive as it is ({correlation:.2f})"
    return begins_s + first / SAMPLE_RATE


def voiced_until_s(clip: Audio, words: str = "") -> float:
    """Return where the last voiced sample of a clip ends, of its words if they are known, s."""
    if words:
        clip = clip.between(0, words_between_s(clip, words)[1] + SPOKEN_OUT_S)
    return float(voiced_blocks(clip)[-1] + 1) / BLOCKS_PER_S


def voiced_from_s(clip: Audio, words: str) -> float:
    """Return where the first voiced sample of the words of a clip is, s."""
    begin_s = max(0.0, words_between_s(clip, words)[0] - SPOKEN_OUT_S)
    voiced = voiced_blocks(clip.between(begin_s, clip.duration_s))
    return begin_s + float(voiced[0]) / BLOCKS_PER_S


def voiced_blocks(clip: Audio) -> npt.NDArray[np.intp]:
    """Return the numbers of the 10 ms in which there is a voice."""
    n_block = clip.sample_rate // BLOCKS_PER_S
    blocks = clip.samples[: clip.samples.size // n_block * n_block].reshape(-1, n_block)
    power = np.square(blocks, dtype=np.float64).mean(axis=1)
    (voiced,) = np.nonzero(power > power.max() * 10 ** (VOICED_DB / 10))
    return voiced


def words_between_s(clip: Audio, words: str) -> tuple[float, float]:
    """Return where the words of a clip begin and end, as PocketSphinx aligns them, s."""
    import pocketsphinx

    decoder = pocketsphinx.Decoder(lm=None, loglevel="FATAL")
    decoder.set_align_text(words)
    decoder.start_utt()
    decoder.process_raw(to_pcm(resample(clip, SAMPLE_RATE).samples), full_utt=True)
    decoder.end_utt()
    spoken = [segment for segment in decoder.seg() if segment.word[0] not in "<["]
    begin, end = spoken[0].start_frame, spoken[-1].end_frame + 1
    return begin / FRAMES_PER_S, end / FRAMES_PER_S
