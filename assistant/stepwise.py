"""Recognizers that are fed while somebody speaks and that keep their model.

SpeechRecognition's ``recognize_sphinx`` and ``recognize_vosk`` take a whole recording, and
load the model for each. These are its `Recognizer`, too, but hear in steps.
"""

import itertools
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import speech_recognition
from speech_recognition import Recognizer, UnknownValueError

from assistant.phrase_spotting import (
    Phrases,
    is_likelier,
    natural_log,
    transitions,
    usable,
)

SAMPLE_RATE = 16_000
"""What the models are made for, Hz."""

BYTES_PER_S = 2 * SAMPLE_RATE

HOLD_S = 1.0
"""How much sound is waited for before decoding begins: its mean is what sounds are told by.

Of 36 sentences that `make bench-recognition` leaves alone, 38 % of the words were wrong after
0.8 s, 34 % after 1.0 s and 35 % after 1.3 s; the longer it is, the later is the end."""

USUAL_MEAN = (40.0, 3.0, -1.0, *[0.0] * 10)
"""Cepstral mean that PocketSphinx starts from, from the acoustic model's ``feat.params``."""

HIGHER_MEAN = (2 * USUAL_MEAN[0], *USUAL_MEAN[1:])

NARROW = {"maxhmmpf": 3000, "maxwpf": 5, "pl_window": 10, "fwdflatsfwin": 15}
"""Fewer states and words are kept in each frame than usual (30000, all, 5), and in the second
pass over the words found fewer places where they may begin (25): half the time, and next to
no word is lost by it (`make bench-recognition`)."""

Result = dict[str, Any]


class Stepwise(Protocol):
    """A recogniser that is fed step by step, one utterance after the other."""

    def searches(self) -> Sequence[str]:
        """Return what an utterance is decoded with, each beside the others."""

    def begin(self, search: str, is_whole: bool) -> None:
        """Begin an utterance; a whole one is decoded when all of it was heard."""

    def hear(self, pcm: bytes) -> None:
        """Take the next 16-bit samples at 16 kHz."""

    def draft(self) -> Result | None:
        """Return what `finish` would, as far as it is known already; None where it is not.

        Its score can be compared with no other.
        """

    def finish(self) -> Result:
        """Return the words as ``text``, and what `choose` needs.

        Raises:
            UnknownValueError: no words were understood.
        """

    def choose(self, results: Sequence[Result]) -> Result:
        """Return ``text`` and ``phrase`` from the results of all searches."""

    def listen_for(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Listen for phrases beside all else; returns the words that are not known."""


class SphinxRecognizer(Recognizer):  # type: ignore[misc]  # it is not typed
    """PocketSphinx with one decoder for all utterances; another one while there are phrases.

    It tells sounds by how they differ from the mean of what it hears. Given a whole
    recording it takes that mean beforehand; live it starts from `USUAL_MEAN`, which fits
    hardly any microphone, and moves only after seconds. So the beginning is held back until
    `HOLD_S` tell the mean well enough.
    """

    def __init__(self, models: Path) -> None:
        """Load the model.

        Args:
            models: folder with ``acoustic-model``, ``language-model.lm.bin`` and
                ``pronounciation-dictionary.dict``, as SpeechRecognition has it.
        """
        super().__init__()
        self._models = models
        self._open(computes_all=False)
        self._phrases = Phrases({})
        self._grammar = ""
        self._numbers = itertools.count()
        self._search = ""
        self._held = bytearray()
        self._n_bytes = 0
        self._hold_bytes = 0

    def _open(self, computes_all: bool) -> None:
        """Load the model; to score all sounds in each frame takes half as long again."""
        import pocketsphinx

        self._computes_all = computes_all
        self.decoder = pocketsphinx.Decoder(
            pocketsphinx.Config(
                hmm=str(self._models / "acoustic-model"),
                lm=str(self._models / "language-model.lm.bin"),
                dict=str(self._models / "pronounciation-dictionary.dict"),
                logfn=os.devnull,
                compallsen=computes_all,
                **NARROW,
            )
        )
        self._dictation = self.decoder.current_search()

    def searches(self) -> Sequence[str]:
        """Return the names of dictation and, where there are any, of the phrases' grammar."""
        return [self._dictation, *([self._grammar] if self._phrases.declared else [])]

    def listen_for(self, phrases: Sequence[str]) -> tuple[str, ...]:
        """Replace the grammar; returns words that the dictionary lacks."""
        self._phrases = usable(phrases, lambda word: self.decoder.lookup_word(word) is not None)
        # Scores are relative to the best of those computed: two searches can be compared
        # only where each computes all.
        if self._computes_all != bool(self._phrases.declared):
            self._open(bool(self._phrases.declared))
        # A new name for each: one that is in use cannot be replaced.
        self._grammar = f"phrases-{next(self._numbers)}"
        if self._phrases.declared:
            arcs = transitions(list(self._phrases.declared))
            fsg = self.decoder.create_fsg(self._grammar, 0, 1, arcs)
            # The best path through a lattice of words costs too little where one is long:
            # its scores have 16 bits. What takes all else for silence would win.
            self.decoder.config["bestpath"] = False
            self.decoder.add_fsg(self._grammar, fsg)  # reads it
            self.decoder.config["bestpath"] = True
        return self._phrases.unknown

    def begin(self, search: str, is_whole: bool) -> None:
        """Begin an utterance with one of `searches`."""
        self._search = search
        self._held.clear()
        self._n_bytes = 0
        self._hold_bytes = -1 if is_whole else round(HOLD_S * BYTES_PER_S)

    def hear(self, pcm: bytes) -> None:
        """Decode, or hold what is heard until its mean is known."""
        self._n_bytes += len(pcm)
        if self._hold_bytes == 0:
            self.decoder.process_raw(pcm)
            return
        self._held += pcm
        if 0 < self._hold_bytes <= len(self._held):
            self._decode_held()

    def draft(self) -> Result | None:
        """Return the text before the decoder has passed over the words found again.

        Nothing where phrases are listened for: what chooses among them is the final score.
        """
        self._decode_held()
        return None if self._phrases.declared else self._found()

    def finish(self) -> Result:
        """Return text and score; the decoder passes over the words found once more."""
        self._decode_held()
        self.decoder.end_utt()
        if (found := self._found()) is None:
            raise UnknownValueError
        return found

    def _found(self) -> Result | None:
        hypothesis = self.decoder.hyp()
        if hypothesis is None or not hypothesis.hypstr:
            return None
        return {
            "text": hypothesis.hypstr,
            "score": natural_log(hypothesis.score),
            "duration_s": self._n_bytes / BYTES_PER_S,
        }

    def choose(self, results: Sequence[Result]) -> Result:
        """Return the phrase where one is likelier than what was dictated."""
        dictated, *spotted = results
        for result in spotted:
            # A decoder that has not reached the end of a phrase gives its beginning.
            phrase = self._phrases.declared.get(result["text"])
            scores = result["score"], dictated["score"]
            if phrase is not None and is_likelier(*scores, result["duration_s"]):
                return {"text": result["text"], "phrase": phrase}
        return {"text": dictated["text"], "phrase": ""}

    def _decode_held(self) -> None:
        if not self._hold_bytes:
            return
        pcm, is_whole = bytes(self._held), self._hold_bytes < 0
        self._held.clear()
        self._hold_bytes = 0
        if not is_whole:
            self.decoder.set_cmn(_written(self._mean_of(pcm)))
        self.decoder.activate_search(self._search)
        self.decoder.start_utt()
        self.decoder.process_raw(pcm, full_utt=is_whole)

    def _mean_of(self, pcm: bytes) -> Iterable[float]:
        """Return the cepstral mean of some sound.

        The decoder does not tell it. After an utterance it gives the mean of that and of what
        it started from, as if that had been 500 frames more (CMN_WIN in its cmn.h). It
        leaves out frames of digital silence: how many are left is seen from two starts.
        """
        low, high = self._mixed(pcm, USUAL_MEAN), self._mixed(pcm, HIGHER_MEAN)
        weight = (high[0] - low[0]) / (HIGHER_MEAN[0] - USUAL_MEAN[0])
        if weight > 0.999:
            return USUAL_MEAN  # nothing but digital silence
        pairs = zip(low, USUAL_MEAN, strict=True)
        return ((mixed - weight * start) / (1 - weight) for mixed, start in pairs)

    def _mixed(self, pcm: bytes, start: Sequence[float]) -> list[float]:
        """Return the mean of some sound and of what the decoder starts from."""
        self.decoder.set_cmn(_written(start))
        self.decoder.start_utt()
        self.decoder.process_raw(pcm, no_search=True, full_utt=True)
        self.decoder.end_utt()
        return [float(value) for value in self.decoder.get_cmn().split(",")]


def sphinx_models(language: str) -> Path:
    """Return the folder of SpeechRecognition's PocketSphinx model for a language."""
    return Path(speech_recognition.__file__).parent / "pocketsphinx-data" / language


def _written(mean: Iterable[float]) -> str:
    return ",".join(f"{value:.6f}" for value in mean)
