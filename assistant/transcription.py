"""Words from speech, through SpeechRecognition and its engines.

Every engine gives the same `Transcript`; no words is a value, not an error. PocketSphinx
and vosk decode while the person speaks, in a child process (`recogniser_child.py`).
"""

import logging
import os
import re
import threading
from collections.abc import Callable, Sequence
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from assistant.audio import SAMPLE_RATE
from assistant.errors import ChildError, TranscriptionError
from assistant.recognition import Engine, Recognition, WholeEngine, Words, to_pcm
from assistant.settings import TranscriptionSettings
from assistant.stepped_recognition import SteppedEngine
from assistant.values import Audio, Samples, Transcript

if TYPE_CHECKING:
    from speech_recognition import AudioData

GOOGLE_ENDPOINT = "https://www.google.com/speech-api/v2/recognize"
"""SpeechRecognition's own default is the same address without encryption."""

GOOGLE_TIMEOUT_S = 10

_NOT_WORDS = re.compile(r"\[[^\]]*\]|<[^>]*>|\+\+[^+]*\+\+")
"""Marks for noise and silence that recognisers put among the words."""

_LOG = logging.getLogger("tonewise.transcription")


class Transcriber:
    """Speech to text with one engine; a context manager, at whose end the engine ends."""

    def __init__(self, recognizer: Engine, engine: str, language: str = "en-US") -> None:
        """Use ``recognizer``, which is closed with this.

        Args:
            recognizer: does the work.
            engine: its name, for transcripts and errors.
            language: language tag of what it understands.
        """
        self.engine = engine
        self.language = language
        self._recognizer = recognizer
        self._dictation: Dictation | None = None
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the engine. Safe to call at any time."""
        self._recognizer.close()

    def transcribe(self, audio: Audio) -> Transcript:
        """Return what is said in a recording; its text is empty where no words were understood.

        Waits until an open dictation has ended.

        Raises:
            TranscriptionError: the engine failed.
        """
        with self._one_at_a_time:
            return self._transcript(lambda: self._recognizer.whole(_pcm_16_khz(audio)))

    def dictation(self) -> "Dictation":
        """Begin to listen to an utterance. One that is still open is dropped."""
        if self._dictation is not None:
            self._dictation.drop()
        self._one_at_a_time.acquire()
        self._dictation = Dictation(
            self._recognizer.begin(), self._transcript, self._one_at_a_time.release
        )
        return self._dictation

    def listen_for(self, phrases: Sequence[str]) -> None:
        """Listen for these phrases, from the next utterance on, beside all other words.

        A phrase is found where it is all that is said; `Transcript.phrase` names it then. Of
        the engines PocketSphinx alone can do it. A phrase with a word that its dictionary
        lacks is left out, with a warning in the log.

        Raises:
            TranscriptionError: the engine failed.
        """
        try:
            unknown = self._recognizer.listen_for(phrases)
        except ChildError as error:
            raise self._failure(error) from error
        if unknown:
            _LOG.warning(
                "%s does not know these words, phrases with them are not listened for: %s",
                self.engine,
                ", ".join(unknown),
            )

    def _transcript(self, ask: Callable[[], Words]) -> Transcript:
        """Return what ``ask`` found; raises TranscriptionError where it raises."""
        from speech_recognition import exceptions

        try:
            words = ask()
        except exceptions.UnknownValueError:
            words = Words("")
        # vosk calls sys.exit, some engines assert: all of it is an engine that failed.
        except (Exception, SystemExit) as error:
            raise self._failure(error) from error
        text = " ".join(_NOT_WORDS.sub(" ", words.text).split())
        return Transcript(text, self.language, self.engine, words.phrase, words.confidence)

    def _failure(self, error: BaseException) -> TranscriptionError:
        reason = " ".join(str(error).split()) or type(error).__name__
        return TranscriptionError(
            f"{self.engine}: {reason}; `tonewise doctor` checks the engine"
        )


class Dictation:
    """One utterance, recognised while it is spoken. For one thread.

    Every chunk is fed as it comes. Where speech may have ended, `pause` has the words found
    in the background; sound that is fed from then on is held back. If there is a voice in
    it, `resume` goes on with it, and no word is lost; if there is none, `end` returns the
    words that were found. `feed`, `pause`, `resume` and `drop` never wait for the engine.
    """

    def __init__(
        self,
        recognition: Recognition,
        transcript: Callable[[Callable[[], Words]], Transcript],
        release: Callable[[], None],
    ) -> None:
        """Use `Transcriber.dictation`."""
        self._recognition = recognition
        self._transcript = transcript
        self._release = release
        self._is_open = True

    def feed(self, samples: Samples) -> None:
        """Take the next sound: float32, full scale ±1.0, 16 kHz, of any length."""
        if self._is_open:
            self._recognition.feed(samples)

    def pause(self) -> None:
        """Speech may have ended: find the words now."""
        if self._is_open:
            self._recognition.pause()

    def resume(self) -> None:
        """Speech went on after a `pause`."""
        if self._is_open:
            self._recognition.resume()

    def end(self) -> Transcript:
        """Return what was said up to here, or up to the `pause` if speech did not go on.

        Raises:
            TranscriptionError: the engine failed, or this was dropped or has ended before.
        """
        if not self._is_open:
            raise TranscriptionError("this utterance is over; begin another one")
        try:
            return self._transcript(self._recognition.end)
        finally:
            self._close()

    def drop(self) -> None:
        """It was no speech, or nobody wants to know it any more."""
        if self._is_open:
            self._recognition.drop()
            self._close()

    def _close(self) -> None:
        self._is_open = False
        self._release()


def open_transcriber(settings: TranscriptionSettings) -> Transcriber:
    """Return the engine that the settings name, with its model loaded.

    Raises:
        TranscriptionError: its package or model is missing; the message says which.
    """
    recognizer = _ENGINES[settings.engine](settings)
    return Transcriber(recognizer, settings.engine, settings.language)


def _pocketsphinx(settings: TranscriptionSettings) -> Engine:
    import speech_recognition

    if util.find_spec("pocketsphinx") is None:
        raise TranscriptionError("pocketsphinx is missing: pip install pocketsphinx")
    models = Path(speech_recognition.__file__).parent / "pocketsphinx-data"
    if settings.language not in [each.name for each in models.iterdir() if each.is_dir()]:
        raise TranscriptionError(
            f"pocketsphinx has no model for {settings.language!r}; use transcription.language "
            "en-US, or another engine"
        )
    return _stepped("pocketsphinx", settings, models / settings.language)


def _vosk(settings: TranscriptionSettings) -> Engine:
    return _stepped(
        "vosk", settings, _model_folder(settings, "https://alphacephei.com/vosk/models")
    )


def _stepped(engine: str, settings: TranscriptionSettings, model: Path) -> Engine:
    patience_s = settings.patience_ms / 1000
    try:
        return SteppedEngine([engine, f"--model={model}"], patience_s=patience_s)
    except ChildError as error:
        raise TranscriptionError(str(error)) from error


def _faster_whisper(settings: TranscriptionSettings) -> Engine:
    """Hold the model: SpeechRecognition's recognize_faster_whisper loads it at each call."""
    folder = _model_folder(settings, "https://huggingface.co/Systran")
    try:
        from faster_whisper import WhisperModel
        from speech_recognition.recognizers.whisper_local import base, faster_whisper
    except ImportError as error:
        raise TranscriptionError(
            "faster-whisper is missing: pip install 'tonewise[faster-whisper]'"
        ) from error
    try:
        model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", local_files_only=True
        )
    except (OSError, RuntimeError, ValueError) as error:
        raise TranscriptionError(
            f"faster-whisper: {folder} is not a faster-whisper model: {error}"
        ) from error
    recognizer = base.WhisperCompatibleRecognizer(faster_whisper.TranscribableAdapter(model))
    language = settings.language.partition("-")[0]

    def recognize(audio: "AudioData") -> str:
        # Its own detector and no carried text: against words invented in silence.
        return str(
            recognizer.recognize(
                audio, language=language, vad_filter=True, condition_on_previous_text=False
            )
        )

    return WholeEngine(recognize)


def _google(settings: TranscriptionSettings, endpoint: str = GOOGLE_ENDPOINT) -> Engine:
    import speech_recognition

    recognizer: Any = speech_recognition.Recognizer()
    recognizer.operation_timeout = GOOGLE_TIMEOUT_S  # none by default
    return WholeEngine(
        lambda audio: str(
            recognizer.recognize_google(audio, language=settings.language, endpoint=endpoint)
        )
    )


def _pcm_16_khz(audio: Audio) -> bytes:
    from speech_recognition import AudioData

    data = AudioData(to_pcm(audio.samples), audio.sample_rate, 2)
    return bytes(data.get_raw_data(convert_rate=SAMPLE_RATE))


def _model_folder(settings: TranscriptionSettings, where: str) -> Path:
    folder = Path(os.path.expanduser(settings.model))
    if not settings.model:
        raise TranscriptionError(
            f"{settings.engine} needs a model: get one from {where}, unpack it, and set "
            "transcription.model to its folder"
        )
    if not folder.is_dir():
        raise TranscriptionError(f"transcription.model: there is no folder {folder}")
    return folder


_ENGINES: dict[str, Callable[[TranscriptionSettings], Engine]] = {
    "pocketsphinx": _pocketsphinx,
    "vosk": _vosk,
    "faster-whisper": _faster_whisper,
    "google": _google,
}
