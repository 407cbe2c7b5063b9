"""A fake of the package vosk 0.3.45, as far as it is used."""

import json
from pathlib import Path


def SetLogLevel(level):  # noqa: N802 - vosk's own name
    """Set the level."""


class Model:
    """Counts how often it was made."""

    n_made = 0

    def __init__(self, path):
        if (Path(path) / "broken").exists():
            raise Exception("broken")
        Model.n_made = 1 if getattr(Model, "path", None) != path else Model.n_made + 1
        Model.path = path


class KaldiRecognizer:
    """Says how many samples it got; silence after sound ends a sentence."""

    def __init__(self, model, sample_rate):
        assert sample_rate == 16_000
        self.n_samples = 0
        self.has_words = False

    def SetWords(self, has_words):  # noqa: N802 - vosk's own name
        self.has_words = has_words

    def AcceptWaveform(self, pcm):  # noqa: N802 - vosk's own name
        is_over = self.n_samples > 0 and not any(pcm)
        self.n_samples += len(pcm) // 2
        return int(is_over)

    def Result(self):  # noqa: N802 - vosk's own name
        n_samples, self.n_samples = self.n_samples, 0
        return self._told(f"{n_samples} samples")

    def FinalResult(self):  # noqa: N802 - vosk's own name
        text = f"{self.n_samples} samples model {Model.n_made}" if self.n_samples else ""
        return self._told(text)

    def _told(self, text):
        """As vosk does, with the words where it is to; of later ones it is surer."""
        words = [{"word": word, "conf": n / 10} for n, word in enumerate(text.split(), 1)]
        return json.dumps({"result": words, "text": text} if self.has_words else {"text": text})
