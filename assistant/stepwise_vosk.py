"""Vosk, fed step by step."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from speech_recognition import Recognizer, UnknownValueError

from assistant.errors import TranscriptionError
from assistant.stepwise import SAMPLE_RATE, Result


class VoskRecognizer(Recognizer):  # type: ignore[misc]  # it is not typed
    """Vosk with one model for all utterances."""

    def __init__(self, folder: Path) -> None:
        """Load the model.

        Raises:
            TranscriptionError: vosk is missing, or the folder is no model of it.
        """
        super().__init__()
        try:
            import vosk

            vosk.SetLogLevel(-1)
            self._model = vosk.Model(str(folder))
        except ImportError as error:
            raise TranscriptionError("vosk is missing: pip install 'tonewise[vosk]'") from error
        # vosk raises a bare Exception, or calls sys.exit, for a folder that is no model.
        except (Exception, SystemExit) as error:
            raise TranscriptionError(f"vosk: {folder} is not a vosk model: {error}") from error
        self._kaldi: Any = None
        self._texts: list[str] = []
        self._confidences: list[float] = []
        """Of each word."""

    def searches(self) -> Sequence[str]:
        """There is dictation only."""
        return ["dictation"]

    def listen_for(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Do nothing: it has no two searches whose scores can be compared."""
        return ()

    def begin(self, search: str, is_whole: bool) -> None:
        """Begin an utterance."""
        import vosk

        self._kaldi = vosk.KaldiRecognizer(self._model, SAMPLE_RATE)
        self._kaldi.SetWords(True)  # else it does not tell how sure it is
        self._texts, self._confidences = [], []

    def hear(self, pcm: bytes) -> None:
        """Decode; what lies before a long pause is done with."""
        if self._kaldi.AcceptWaveform(pcm):
            self._take(self._kaldi.Result())

    def draft(self) -> Result | None:
        """Return nothing: its words are there at once."""
        return None

    def finish(self) -> Result:
        """Return the words."""
        self._take(self._kaldi.FinalResult())
        text = " ".join(filter(None, self._texts))
        if not text:
            raise UnknownValueError
        n_words = len(self._confidences)
        return {
            "text": text,
            "confidence": sum(self._confidences) / n_words if n_words else None,
        }

    def choose(self, results: Sequence[Result]) -> Result:
        """Return the only result."""
        return {"confidence": None, **results[0], "phrase": ""}

    def _take(self, result: str) -> None:
        found = json.loads(result)
        self._texts.append(found["text"])
        self._confidences += [word["conf"] for word in found.get("result", ())]
