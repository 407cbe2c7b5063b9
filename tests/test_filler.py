"""What is said while a plugin lets wait."""

import threading

from assistant.errors import SpeechError
from assistant.events import Failed, Waiting
from assistant.filler import FILLER, Filler


class Speaker:
    """Speaks until it is told to end, or fails."""

    def __init__(self, error=None):
        self.error = error
        self.said = []
        self.may_end = threading.Event()

    def speak(self, reply, sounding, is_stopped, more):
        self.said.append(reply.text)
        if self.error:
            raise self.error
        self.may_end.wait(20)


def test_it_is_said_once_and_waited_for():
    speaker, events = Speaker(), []
    filler = Filler(3, speaker, lambda: False, events.append)
    filler.begin()
    filler.begin()
    threading.Timer(0.1, speaker.may_end.set).start()
    filler.wait()
    assert speaker.may_end.is_set()
    assert speaker.said == [FILLER]
    assert events == [Waiting(3, FILLER)]


def test_where_nothing_was_said_there_is_nothing_to_wait_for():
    Filler(3, Speaker(), lambda: False, print).wait()


def test_a_voice_that_fails_is_told_and_the_turn_goes_on():
    events = []
    filler = Filler(3, Speaker(SpeechError("no voice")), lambda: False, events.append)
    filler.begin()
    filler.wait()
    assert events == [Waiting(3, FILLER), Failed(3, "no voice")]
