"""Transcription: every engine gives the same value, and every failure the same error.

The models of vosk, faster-whisper and Google cannot be had where the tests run: those
engines are tested against fakes of their interfaces (tests/engines), not the real thing.
"""

import http.server
import inspect
import json
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import speech_recognition
from speech_recognition import exceptions

from assistant import transcription
from assistant.audio import CHUNK_SAMPLES, read_audio
from assistant.endpointing import chunked
from assistant.errors import TranscriptionError
from assistant.recognition import WholeEngine
from assistant.settings import TranscriptionSettings
from assistant.transcription import Transcriber, open_transcriber
from assistant.values import Audio, Transcript
from tests.conftest import RECORDINGS
from tests.fakes import tone

ENGINES = Path(__file__).parent / "engines"


@pytest.mark.slow
def test_pocketsphinx_understands_real_speech():
    with open_transcriber(TranscriptionSettings()) as transcriber:
        heard = transcriber.transcribe(read_audio(RECORDINGS / "3_time.wav"))
    assert heard == Transcript("what time is it", "en-US", "pocketsphinx")


def test_the_engine_is_given_16_bit_samples():
    seen = []

    def recognize(audio):
        seen.append(audio)
        return "yes"

    Transcriber(WholeEngine(recognize), "fake").transcribe(tone(1.0, amplitude=0.5))
    (audio,) = seen
    assert (audio.sample_rate, audio.sample_width) == (16_000, 2)
    assert len(audio.get_raw_data()) == 32_000
    assert np.abs(np.frombuffer(audio.get_raw_data(), "<i2")).max() == 16_384


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("  hello   there ", "hello there"),
        ("[NOISE] hello <sil> there ++breath++", "hello there"),
        ("[SPEECH]", ""),
    ],
)
def test_marks_for_noise_are_not_words(said, text):
    transcriber = Transcriber(WholeEngine(lambda audio: said), "fake")
    assert transcriber.transcribe(tone()).text == text


def all_exceptions():
    """Each exception of SpeechRecognition, so that a new one makes a test fail."""
    own = [kind for _, kind in inspect.getmembers(exceptions, inspect.isclass)]
    return [kind for kind in own if issubclass(kind, Exception)]


def test_all_exceptions_of_speech_recognition_are_known():
    assert {kind.__name__ for kind in all_exceptions()} == {
        "RequestError",
        "SetupError",
        "TranscriptionFailed",
        "TranscriptionNotReady",
        "UnknownValueError",
        "WaitTimeoutError",
    }


@pytest.mark.parametrize(
    "failure",
    [
        *(kind for kind in all_exceptions() if kind is not exceptions.UnknownValueError),
        OSError,
        AssertionError,
        SystemExit,
        MemoryError,
        TimeoutError,
    ],
)
def test_each_failure_of_an_engine_is_one_error_in_one_line(failure):
    def recognize(audio):
        raise failure("first\nsecond")

    with pytest.raises(TranscriptionError, match="fake: first second; `tonewise doctor`"):
        Transcriber(WholeEngine(recognize), "fake").transcribe(tone())


def test_a_failure_without_words_is_named_by_its_type():
    def recognize(audio):
        raise AssertionError

    with pytest.raises(TranscriptionError, match="fake: AssertionError"):
        Transcriber(WholeEngine(recognize), "fake").transcribe(tone())


def test_not_understood_is_an_empty_text():
    def recognize(audio):
        raise speech_recognition.UnknownValueError

    assert Transcriber(WholeEngine(recognize), "fake").transcribe(tone()).text == ""


def test_sound_at_another_rate_is_brought_to_that_of_the_engines():
    seen = []

    def recognize(audio):
        seen.append(audio)
        return "yes"

    Transcriber(WholeEngine(recognize), "fake").transcribe(tone(1.0, sample_rate=48_000))
    assert seen[0].sample_rate == 16_000
    assert abs(len(seen[0].get_raw_data()) - 32_000) <= 2


class Counting:
    """An engine that takes sound whole, says how much it was, and how often it was asked."""

    def __init__(self):
        self.n_asked = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.fails = False

    def __call__(self, audio):
        self.n_asked += 1
        self.may_answer.wait()
        if self.fails:
            raise OSError("no\nnetwork")
        return f"{len(audio.get_raw_data()) // 2} samples"


def chunk(n=1, level=0.1):
    return np.full(n * CHUNK_SAMPLES, level, np.float32)


@pytest.fixture
def counting():
    return Counting()


@pytest.fixture
def counter(counting):
    with Transcriber(WholeEngine(counting, spare_s=5.0), "fake") as transcriber:
        yield transcriber
        counting.may_answer.set()


def test_a_dictation_is_recognised_at_its_pause_and_what_comes_after_is_left_out(
    counter, counting
):
    dictation = counter.dictation()
    dictation.feed(chunk(3))
    dictation.pause()
    dictation.feed(chunk(2, level=0.0))
    dictation.pause()
    assert dictation.end() == Transcript("1536 samples", "en-US", "fake")
    assert counting.n_asked == 1


def test_a_dictation_that_goes_on_after_a_pause_loses_nothing(counter):
    dictation = counter.dictation()
    dictation.feed(chunk(3))
    dictation.pause()
    dictation.feed(chunk(2))
    dictation.resume()
    dictation.feed(chunk())
    assert dictation.end().text == "3072 samples"


def test_going_on_without_a_pause_changes_nothing(counter):
    dictation = counter.dictation()
    dictation.feed(chunk(3))
    dictation.resume()
    assert dictation.end().text == "1536 samples"


def test_feeding_does_not_wait_for_the_engine(counter, counting):
    counting.may_answer.clear()
    dictation = counter.dictation()
    dictation.feed(chunk())
    dictation.pause()
    dictation.feed(chunk())
    dictation.resume()
    dictation.pause()
    counting.may_answer.set()
    assert dictation.end().text == "1024 samples"


def test_what_is_no_more_wanted_is_not_recognised(counter, counting):
    counting.may_answer.clear()
    dictation = counter.dictation()
    for _ in range(3):
        dictation.feed(chunk())
        dictation.pause()
        dictation.resume()
    counting.may_answer.set()
    assert dictation.end().text == "1536 samples"
    assert counting.n_asked <= 2  # the first, which had begun, and the last


def test_a_dropped_dictation_makes_way_for_the_next(counter):
    dropped = counter.dictation()
    dropped.feed(chunk(9))
    dropped.drop()
    dropped.feed(chunk(9))
    replaced = counter.dictation()
    replaced.feed(chunk(5))
    dictation = counter.dictation()
    dictation.feed(chunk(1))
    assert dictation.end().text == "512 samples"
    for over in (dropped, replaced, dictation):
        with pytest.raises(TranscriptionError, match="this utterance is over"):
            over.end()
    assert counter.transcribe(tone()).text == "16000 samples"


def test_a_dictation_that_fails_costs_its_own_turn_only(counter, counting):
    counting.fails = True
    dictation = counter.dictation()
    dictation.feed(chunk())
    with pytest.raises(TranscriptionError, match="fake: no network; `tonewise doctor`"):
        dictation.end()
    counting.fails = False
    dictation = counter.dictation()
    dictation.feed(chunk())
    assert dictation.end().text == "512 samples"


def test_an_engine_that_hangs_is_not_waited_for(counting):
    counting.may_answer.clear()
    dictation = Transcriber(WholeEngine(counting, spare_s=0.1), "fake").dictation()
    with pytest.raises(TranscriptionError, match=r"fake: no answer within 0\.1 s"):
        dictation.end()
    counting.may_answer.set()


def test_phrases_are_no_matter_to_an_engine_that_takes_sound_whole(counter, caplog):
    counter.listen_for(["open sesame"])
    assert counter.transcribe(tone()).phrase == ""
    assert caplog.text == ""


@pytest.mark.slow
def test_pocketsphinx_hears_while_somebody_speaks():
    said = read_audio(RECORDINGS / "3_time.wav")
    chunks = list(chunked(said))
    with open_transcriber(TranscriptionSettings()) as transcriber:
        straight, paused = transcriber.dictation(), None
        for each in chunks:
            straight.feed(each)
        assert straight.end() == Transcript("what time is it", "en-US", "pocketsphinx")
        paused = transcriber.dictation()
        for number, each in enumerate(chunks):
            if number == len(chunks) // 2:
                paused.pause()
            paused.feed(each)
            if number == len(chunks) // 2 + 5:
                paused.resume()
        paused.pause()
        paused.feed(chunk(10, level=0.0))
        assert paused.end().text == "what time is it"
        halved = transcriber.dictation()
        for each in chunks[: len(chunks) // 2]:
            halved.feed(each)
        halved.pause()
        for each in chunks[len(chunks) // 2 :]:
            halved.feed(each)
        first_half = halved.end().text
        half = Audio(said.samples[: CHUNK_SAMPLES * (len(chunks) // 2)], 16_000)
        assert first_half != "what time is it"
        assert first_half.split()[:1] == transcriber.transcribe(half).text.split()[:1]


@pytest.fixture
def fake_engines(monkeypatch, tmp_path):
    """Vosk and faster-whisper as packages of our own with the same interface."""
    monkeypatch.syspath_prepend(str(ENGINES))
    monkeypatch.setenv("PYTHONPATH", str(ENGINES), prepend=os.pathsep)  # for the child
    model = tmp_path / "model"
    model.mkdir()
    yield model
    for name in ("vosk", "faster_whisper"):
        sys.modules.pop(name, None)


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["vosk", "faster-whisper"])
def test_an_engine_with_a_model_folder_keeps_its_model_loaded(engine, fake_engines):
    settings = TranscriptionSettings(engine=engine, model=str(fake_engines), language="de-DE")
    with open_transcriber(settings) as transcriber:
        heard = [transcriber.transcribe(tone(1.0)) for _ in range(3)]
    # The fakes say how many samples they got and how often their model was made.
    assert {transcript.engine for transcript in heard} == {engine}
    assert [transcript.text for transcript in heard] == ["16000 samples model 1"] * 3
    assert heard[0].language == "de-DE"
    assert heard[0].confidence == (pytest.approx(0.25) if engine == "vosk" else None)


@pytest.mark.slow
def test_vosk_is_fed_in_steps(fake_engines):
    settings = TranscriptionSettings(engine="vosk", model=str(fake_engines))
    with open_transcriber(settings) as transcriber:
        transcriber.listen_for(["open sesame"])
        dictation = transcriber.dictation()
        dictation.feed(chunk(2))
        dictation.feed(chunk(1, level=0.0))  # the fake takes it for the end of a sentence
        dictation.feed(chunk(4))
        dictation.pause()
        dictation.feed(chunk())
        dictation.resume()
        heard = dictation.end()
        assert heard.text == "1536 samples 2560 samples model 1"
        # The fake is sure of the words of a sentence in tenths: 1, 2, then 1, 2, 3, 4.
        assert heard.confidence == pytest.approx(13 / 60)
        silence = transcriber.dictation()
        assert silence.end().text == ""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["vosk", "faster-whisper"])
def test_a_folder_that_is_no_model_is_named(engine, fake_engines):
    (fake_engines / "broken").touch()
    with pytest.raises(TranscriptionError, match=r"is not a .* model: broken"):
        open_transcriber(TranscriptionSettings(engine=engine, model=str(fake_engines)))


@pytest.mark.parametrize("engine", ["vosk", "faster-whisper"])
def test_a_missing_model_says_where_to_get_one(engine, tmp_path):
    with pytest.raises(TranscriptionError, match="needs a model: get one from https://"):
        open_transcriber(TranscriptionSettings(engine=engine))
    with pytest.raises(TranscriptionError, match="there is no folder"):
        open_transcriber(TranscriptionSettings(engine=engine, model=str(tmp_path / "no")))


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["vosk", "faster-whisper"])
def test_a_missing_package_says_how_to_install_it(engine, tmp_path):
    settings = TranscriptionSettings(engine=engine, model=str(tmp_path))
    with pytest.raises(TranscriptionError, match=rf"pip install 'tonewise\[{engine}\]'"):
        open_transcriber(settings)


def test_pocketsphinx_without_the_language_says_so():
    with pytest.raises(TranscriptionError, match="no model for 'de-DE'"):
        open_transcriber(TranscriptionSettings(language="de-DE"))


class GoogleDouble(http.server.BaseHTTPRequestHandler):
    """Answers as Google's service does; the path says how."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/broken"):
            self.send_error(500)
            return
        alternatives = [] if self.path.startswith("/silent") else [{"transcript": "hello you"}]
        answer = {"result": [{"alternative": alternatives, "final": True}], "result_index": 0}
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"result":[]}\n' + json.dumps(answer).encode())

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def google():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), GoogleDouble)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()

    def transcriber(path):
        endpoint = f"http://127.0.0.1:{server.server_port}{path}"
        settings = TranscriptionSettings(engine="google")
        return Transcriber(transcription._google(settings, endpoint), "google")

    yield transcriber
    server.shutdown()
    server.server_close()
    thread.join()


def test_google_is_mapped_to_the_same_value(google, hello):
    assert google("/fine").transcribe(hello) == Transcript("hello you", "en-US", "google")
    assert google("/silent").transcribe(hello).text == ""
    with pytest.raises(TranscriptionError, match="google: recognition request failed"):
        google("/broken").transcribe(hello)


def test_google_is_asked_over_an_encrypted_connection():
    assert transcription.GOOGLE_ENDPOINT.startswith("https://")
