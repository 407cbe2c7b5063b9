"""Phrases that somebody waits for: their grammar, and real speech that is or is not one."""

import logging
import math

import pytest

from assistant.audio import read_audio
from assistant.phrase_spotting import MARGIN, is_likelier, natural_log, transitions, usable
from assistant.settings import TranscriptionSettings
from assistant.transcription import open_transcriber
from tests.conftest import RECORDINGS

KNOWN = {"what", "time", "is", "it", "o'clock", "mr."}


def test_phrases_are_spelled_as_the_dictionary_does_and_found_under_their_own_name():
    found = usable(["What time is it?", "O'clock!", "mr. time"], KNOWN.__contains__)
    assert found.declared == {
        "what time is it": "What time is it?",
        "o'clock": "O'clock!",
        "mr. time": "mr. time",
    }
    assert found.unknown == ()


def test_a_phrase_with_an_unknown_word_is_left_out_and_the_word_named_once():
    found = usable(["what frobs", "frobs it", "is 5 it", "time", "", "?"], KNOWN.__contains__)
    assert found.declared == {"time": "time"}
    assert found.unknown == ("frobs", "5", "?")


def test_the_first_of_two_phrases_that_sound_the_same_names_them():
    assert usable(["Time", "time!"], KNOWN.__contains__).declared == {"time": "Time"}


def walk(arcs, state, words, chance=1.0):
    """Yield what the grammar allows with its probability."""
    if state == 1:
        yield " ".join(words), chance
    for begin, end, arc_chance, word in arcs:
        if begin == state:
            yield from walk(arcs, end, [*words, word], chance * arc_chance)


def test_the_grammar_allows_each_phrase_once_and_nothing_else():
    phrases = ["stop", "what time is it", "what now", "stop it"]
    allowed = dict(walk(transitions(phrases), 0, []))
    assert allowed == pytest.approx(dict.fromkeys(phrases, 1 / 4))


def test_a_score_is_brought_back_to_nats():
    assert natural_log(math.exp(-0.5)) == pytest.approx(-512)
    assert natural_log(0.0) == -math.inf


def test_a_phrase_may_fit_a_little_worse_than_what_was_dictated():
    assert is_likelier(-500.0, -600.0, 1.0)
    assert is_likelier(-600.0 - 99 * MARGIN, -600.0, 1.0)
    assert not is_likelier(-600.0 - 101 * MARGIN, -600.0, 1.0)
    assert is_likelier(-600.0 - 101 * MARGIN, -600.0, 1.1)
    assert not is_likelier(-math.inf, -600.0, 1.0)


@pytest.fixture(scope="module")
def transcriber():
    with open_transcriber(TranscriptionSettings()) as transcriber:
        yield transcriber


@pytest.mark.slow
def test_a_phrase_is_found_and_other_speech_is_none(transcriber, hello, caplog):
    time = read_audio(RECORDINGS / "3_time.wav")
    assert transcriber.transcribe(time).phrase == ""
    transcriber.listen_for(["What time is it?", "Stop!", "Open xyzzy"])
    (record,) = caplog.records
    assert record.levelno == logging.WARNING
    assert record.message.endswith("phrases with them are not listened for: xyzzy")
    heard = transcriber.transcribe(time)
    assert (heard.text, heard.phrase) == ("what time is it", "What time is it?")
    other = transcriber.transcribe(hello)
    assert other.phrase == ""
    assert "what time" not in other.text
    transcriber.listen_for(["good morning"])
    assert transcriber.transcribe(time).phrase == ""
    transcriber.listen_for([])
    assert transcriber.transcribe(time).text == "what time is it"


@pytest.mark.slow
def test_a_phrase_is_found_while_somebody_speaks_and_over_a_pause(transcriber):
    samples = read_audio(RECORDINGS / "3_time.wav").samples
    transcriber.listen_for(["what time is it", "set a timer"])
    dictation = transcriber.dictation()
    dictation.feed(samples[:12_000])
    dictation.pause()
    dictation.feed(samples[12_000:14_000])
    dictation.resume()
    dictation.feed(samples[14_000:])
    dictation.pause()
    assert dictation.end().phrase == "what time is it"
    transcriber.listen_for([])


@pytest.mark.slow
def test_the_beginning_of_a_phrase_is_not_the_phrase(transcriber, shared_data):
    """Dictation hears 'for queen of clubs': a phrase of which a part was said fits worse."""
    transcriber.listen_for(["queen of hearts and four of clubs", "ten of clubs"])
    said = read_audio(shared_data / "speech" / "cards-002.wav")
    assert transcriber.transcribe(said).phrase == ""
    card = transcriber.transcribe(read_audio(shared_data / "speech" / "cards-001.wav"))
    assert card.phrase == "ten of clubs"
    transcriber.listen_for([])
