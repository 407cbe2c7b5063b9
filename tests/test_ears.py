"""A thread listens while the assistant answers."""

import queue
import threading
import time

import numpy as np
import pytest

from assistant.audio import CHUNK_S, CHUNK_SAMPLES
from assistant.ears import INTERRUPTING_CHUNKS, SIGNALS_S, Ears
from assistant.endpointing import Endpointer
from assistant.errors import DeviceError, TranscriptionError
from assistant.listening import Listener
from assistant.settings import VadSettings
from assistant.values import Reply
from tests.fakes import FakeClassifier, FakeDictates, FakeDictation, LoudnessDetector, tone

SETTINGS = VadSettings(min_pause_ms=320, max_pause_ms=320)
PATIENCE_S = 5.0


class Room:
    """A microphone for what is said; ``hear`` waits until it was taken."""

    def __init__(self):
        self._chunks = queue.Queue()
        self.n_discards = 0

    def chunks(self):
        while (chunk := self._chunks.get()) is not None:
            if isinstance(chunk, Exception):
                raise chunk
            yield chunk
            self._chunks.task_done()

    def discard(self):
        self.n_discards += 1

    def close(self):
        self._chunks.put(None)

    def lose(self, error):
        self._chunks.put(error)

    def hear(self, *parts):
        for part in parts:
            for chunk in part:
                self._chunks.put(chunk)
        self._chunks.join()


def quiet(duration_s):
    return [np.zeros(CHUNK_SAMPLES, np.float32)] * round(duration_s / CHUNK_S)


def loud(duration_s):
    return [tone(CHUNK_S).samples] * round(duration_s / CHUNK_S)


SENTENCE = [*quiet(0.5), *loud(1), *quiet(0.5)]


class Assistant:
    """Takes what is said in a thread of its own, and answers when it is told to."""

    def __init__(self, ears):
        self._ears = ears
        self._taken = queue.Queue()
        self._may_go_on = threading.Semaphore(0)
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        try:
            for said in self._ears.said():
                self._taken.put(said)
                self._may_go_on.acquire()
        except DeviceError as error:
            self._taken.put(error)
        self._taken.put(None)

    def next(self):
        return self._taken.get(timeout=PATIENCE_S)

    def has_answered(self, n_discards=None, room=None):
        self._may_go_on.release()
        while room and room.n_discards < n_discards:
            pass

    @property
    def has_more(self):
        return not self._taken.empty()


def listening(room, *texts, interrupt=None, needs_push=False, interrupting_db=-np.inf):
    dictations = [FakeDictation(text) for text in texts or ("hello",)]
    endpointer = Endpointer(LoudnessDetector(), SETTINGS)
    listener = Listener(endpointer, FakeDictates(dictations), FakeClassifier())
    return Ears(room, listener, interrupt, needs_push, interrupting_db)


def test_what_is_said_comes_with_its_times():
    room = Room()
    with listening(room) as ears:
        assistant = Assistant(ears)
        room.hear(SENTENCE)
        said = assistant.next()
        assert said.source == "microphone"
        assert said.content.transcript.text == "hello"
        assert said.timings_ms["pause"] == pytest.approx(320, abs=33)


def test_on_loudspeakers_nothing_is_heard_while_it_answers():
    room = Room()
    with listening(room, "first", "second") as ears:
        assistant = Assistant(ears)
        room.hear(SENTENCE)
        assert assistant.next().content.transcript.text == "first"
        room.hear(SENTENCE)  # its own voice
        assistant.has_answered(1, room)
        room.hear(SENTENCE)
        assert assistant.next().content.transcript.text == "second"
        assert not assistant.has_more
        assert room.n_discards == 1  # what was still on its way


def test_who_speaks_over_it_interrupts_it_and_is_heard_next():
    room, interruptions = Room(), []
    ears = listening(room, "first", "second", interrupt=lambda: interruptions.append(1))
    with ears:
        assistant = Assistant(ears)
        room.hear(SENTENCE)
        assistant.next()
        assert interruptions == []
        room.hear(loud(CHUNK_S * (INTERRUPTING_CHUNKS - 1)))
        assert interruptions == []
        room.hear(loud(1))
        assert interruptions == [1]
        room.hear(quiet(1))
        assistant.has_answered()
        assert assistant.next().content.transcript.text == "second"
        assert room.n_discards == 0


def test_a_click_does_not_interrupt():
    room, interruptions = Room(), []
    with listening(room, interrupt=lambda: interruptions.append(1)) as ears:
        assistant = Assistant(ears)
        room.hear(SENTENCE)
        assistant.next()
        room.hear(loud(2 * CHUNK_S), quiet(1))
        assert interruptions == []


def test_what_an_echo_canceller_leaves_does_not_interrupt_and_a_person_does():
    room, interruptions = Room(), []
    ears = listening(room, interrupt=lambda: interruptions.append(1), interrupting_db=-10)
    with ears:
        assistant = Assistant(ears)
        room.hear([0.75 * chunk for chunk in SENTENCE])  # at -11.5 dB: nothing is spoken yet
        assistant.next()
        room.hear([0.75 * chunk for chunk in loud(1)])
        assert interruptions == []
        room.hear(loud(1))  # at -9 dB
        assert interruptions == [1]


def test_muted_it_hears_nothing_and_forgets_what_was_begun():
    room = Room()
    with listening(room, "first", "second") as ears:
        assistant = Assistant(ears)
        room.hear(loud(1))
        assert ears.mute()
        room.hear(loud(1), quiet(1))
        assert not ears.mute()
        room.hear(SENTENCE)
        assert assistant.next().content.transcript.text == "second"
        assert not assistant.has_more


def test_it_listens_only_while_pushed_and_the_second_push_ends_what_is_said():
    room = Room()
    with listening(room, "first", "second", needs_push=True) as ears:
        assistant = Assistant(ears)
        room.hear(SENTENCE)
        assert ears.push()
        room.hear(loud(1))
        assert not ears.push()
        room.hear(quiet(0.1))  # the pause is not waited for
        assert assistant.next().content.transcript.text == "first"
        room.hear(SENTENCE)
        assert not assistant.has_more


def test_a_recogniser_that_fails_is_a_turn_that_failed():
    room = Room()
    with listening(room) as ears:
        ears.listener.dictates.dictations[0].error = TranscriptionError("it died")
        assistant = Assistant(ears)
        room.hear(SENTENCE)
        assert str(assistant.next().content) == "it died"


def test_a_microphone_that_is_lost_for_good_ends_it():
    room = Room()
    with listening(room) as ears:
        assistant = Assistant(ears)
        room.lose(DeviceError("gone"))
        assert str(assistant.next()) == "gone"
        assert assistant.next() is None


def test_it_ends_with_its_context():
    room = Room()
    with listening(room) as ears:
        assistant = Assistant(ears)
    assert assistant.next() is None


def test_what_is_announced_waits_until_nobody_speaks():
    room = Room()
    with listening(room) as ears:
        assistant = Assistant(ears)
        room.hear(quiet(0.5), loud(0.5))
        ears.announcements.put(Reply("tea", "clock"))
        time.sleep(3 * SIGNALS_S)
        assert not assistant.has_more
        room.hear(quiet(0.5))
        assert assistant.next().source == "microphone"
        assistant.has_answered()
        announced = assistant.next()
        assert (announced.content, announced.source) == (Reply("tea", "clock"), "clock")
