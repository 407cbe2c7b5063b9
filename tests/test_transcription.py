"""Transcription: every engine gives the same value, and every failure the same error.

The models of vosk, faster-whisper and Google cannot be had where the tests run: those
engines are tested against fakes of their interfaces (tests/engines), not the real thing.
"""

import http.server
import inspect
import json
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import speech_recognition
from speech_recognition import exceptions

from assistant import transcription
from assistant.audio import read_audio
from assistant.errors import TranscriptionError
from assistant.settings import TranscriptionSettings
from assistant.transcription import Transcriber, open_transcriber
from assistant.values import Transcript
from tests.conftest import RECORDINGS
from tests.fakes import tone

ENGINES = Path(__file__).parent / "engines"


def test_pocketsphinx_understands_real_speech():
    transcriber = open_transcriber(TranscriptionSettings())
    heard = transcriber.transcribe(read_audio(RECORDINGS / "3_time.wav"))
    assert heard == Transcript("what time is it", "en-US", "pocketsphinx")


def test_the_engine_is_given_16_bit_samples():
    seen = []

    def recognize(audio):
        seen.append(audio)
        return "yes"

    Transcriber(recognize, "fake").transcribe(tone(1.0, amplitude=0.5))
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
    assert Transcriber(lambda audio: said, "fake").transcribe(tone()).text == text


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
        Transcriber(recognize, "fake").transcribe(tone())


def test_a_failure_without_words_is_named_by_its_type():
    def recognize(audio):
        raise AssertionError

    with pytest.raises(TranscriptionError, match="fake: AssertionError"):
        Transcriber(recognize, "fake").transcribe(tone())


def test_not_understood_is_an_empty_text():
    def recognize(audio):
        raise speech_recognition.UnknownValueError

    assert Transcriber(recognize, "fake").transcribe(tone()).text == ""


@pytest.fixture
def fake_engines(monkeypatch, tmp_path):
    """Vosk and faster-whisper as packages of our own with the same interface."""
    monkeypatch.syspath_prepend(str(ENGINES))
    model = tmp_path / "model"
    model.mkdir()
    yield model
    for name in ("vosk", "faster_whisper"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("engine", ["vosk", "faster-whisper"])
def test_an_engine_with_a_model_folder_keeps_its_model_loaded(engine, fake_engines):
    settings = TranscriptionSettings(engine=engine, model=str(fake_engines), language="de-DE")
    transcriber = open_transcriber(settings)
    heard = [transcriber.transcribe(tone(1.0)) for _ in range(3)]
    # The fakes say how many samples they got and how often their model was made.
    assert {transcript.engine for transcript in heard} == {engine}
    assert [transcript.text for transcript in heard] == ["16000 samples model 1"] * 3
    assert heard[0].language == "de-DE"


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
