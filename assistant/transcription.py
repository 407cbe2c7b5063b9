"""Words from speech, through SpeechRecognition and its engines.

Every engine gives the same `Transcript`; no words is a value, not an error.
"""

import json
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.audio import samples_to_pcm
from assistant.errors import TranscriptionError
from assistant.settings import TranscriptionSettings
from assistant.values import Audio, Transcript

if TYPE_CHECKING:
    from speech_recognition import AudioData

Recognize = Callable[["AudioData"], str]

GOOGLE_ENDPOINT = "https://www.google.com/speech-api/v2/recognize"
"""SpeechRecognition's own default is the same address without encryption."""

GOOGLE_TIMEOUT_S = 10

_NOT_WORDS = re.compile(r"\[[^\]]*\]|<[^>]*>|\+\+[^+]*\+\+")
"""Marks for noise and silence that recognisers put among the words."""


@dataclass(frozen=True)
class Transcriber:
    """Speech to text with one engine.

    ``recognize`` maps SpeechRecognition's AudioData to words, as its ``recognize_*``
    methods do; any callable will do.
    """

    recognize: Recognize
    engine: str
    language: str = "en-US"
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def transcribe(self, audio: Audio) -> Transcript:
        """Return what was said; its text is empty where no words were understood.

        Raises:
            TranscriptionError: the engine failed.
        """
        from speech_recognition import AudioData, exceptions

        pcm = samples_to_pcm(audio.samples).astype("<i2").tobytes()
        try:
            with self._one_at_a_time:
                text = self.recognize(AudioData(pcm, audio.sample_rate, 2))
        except exceptions.UnknownValueError:
            text = ""
        # vosk calls sys.exit, some engines assert: all of it is an engine that failed.
        except (Exception, SystemExit) as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            raise TranscriptionError(
                f"{self.engine}: {reason}; `tonewise doctor` checks the engine"
            ) from error
        words = " ".join(_NOT_WORDS.sub(" ", text).split())
        return Transcript(words, self.language, self.engine)


def open_transcriber(settings: TranscriptionSettings) -> Transcriber:
    """Return the engine that the settings name; vosk and faster-whisper load their model.

    Raises:
        TranscriptionError: its package or model is missing; the message says which.
    """
    recognize = _ENGINES[settings.engine](settings)
    return Transcriber(recognize, settings.engine, settings.language)


def _pocketsphinx(settings: TranscriptionSettings) -> Recognize:
    """SpeechRecognition makes a decoder for each utterance, which takes about 0.2 s."""
    import speech_recognition

    if util.find_spec("pocketsphinx") is None:
        raise TranscriptionError("pocketsphinx is missing: pip install pocketsphinx")
    models = Path(speech_recognition.__file__).parent / "pocketsphinx-data"
    if settings.language not in [each.name for each in models.iterdir() if each.is_dir()]:
        raise TranscriptionError(
            f"pocketsphinx has no model for {settings.language!r}; use transcription.language "
            "en-US, or another engine"
        )
    recognizer: Any = speech_recognition.Recognizer()
    return lambda audio: str(recognizer.recognize_sphinx(audio, language=settings.language))


def _vosk(settings: TranscriptionSettings) -> Recognize:
    """Hold the model: SpeechRecognition's recognize_vosk loads it again at each call."""
    folder = _model_folder(settings, "https://alphacephei.com/vosk/models")
    try:
        import vosk

        vosk.SetLogLevel(-1)
        model = vosk.Model(str(folder))
    except ImportError as error:
        raise TranscriptionError("vosk is missing: pip install 'tonewise[vosk]'") from error
    # vosk raises a bare Exception, or calls sys.exit, for a folder that is no model.
    except (Exception, SystemExit) as error:
        raise TranscriptionError(f"vosk: {folder} is not a vosk model: {error}") from error

    def recognize(audio: "AudioData") -> str:
        recognizer = vosk.KaldiRecognizer(model, audio.sample_rate)
        recognizer.AcceptWaveform(audio.get_raw_data())
        return str(json.loads(recognizer.FinalResult())["text"])

    return recognize


def _faster_whisper(settings: TranscriptionSettings) -> Recognize:
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

    return recognize


def _google(settings: TranscriptionSettings, endpoint: str = GOOGLE_ENDPOINT) -> Recognize:
    import speech_recognition

    recognizer: Any = speech_recognition.Recognizer()
    recognizer.operation_timeout = GOOGLE_TIMEOUT_S  # none by default
    return lambda audio: str(
        recognizer.recognize_google(audio, language=settings.language, endpoint=endpoint)
    )


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


_ENGINES: dict[str, Callable[[TranscriptionSettings], Recognize]] = {
    "pocketsphinx": _pocketsphinx,
    "vosk": _vosk,
    "faster-whisper": _faster_whisper,
    "google": _google,
}
