"""How well and how fast PocketSphinx hears a person live; `make bench-recognition` runs it.

    python -m tests.bench_recognition ../shared/data [--real-time]

The clock is simulated: sound arrives at its own pace, and what a step of decoding takes is
its processor time, so that a busy machine changes nothing. An utterance ends where the voice
detector heard the last of it; 200 ms later `pause` finds its words, and another 200 ms later
`end` asks for them. What passes between processes is left out; it is in a further row with
``--real-time``, which takes as long as the recordings do and is for a machine at rest.
"""

import itertools
import math
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import speech_recognition

from assistant.audio import (
    CHUNK_SAMPLES,
    SAMPLE_RATE,
    pcm_to_samples,
    read_audio,
)
from assistant.endpointing import POST_ROLL_S, Endpointer
from assistant.phrase_spotting import FRAME_S, MARGIN
from assistant.recognition import to_pcm
from assistant.settings import TranscriptionSettings
from assistant.stepwise import SphinxRecognizer, sphinx_models
from assistant.transcription import open_transcriber
from assistant.vad import VoiceDetector
from assistant.values import EMOTIONS
from tests.words import RAVDESS_SENTENCES, read_sentences, word_error_rate

PAUSE_S, END_S = 0.2, 0.4
"""After the last voiced sound, s."""
assert PAUSE_S == POST_ROLL_S  # what the endpointer keeps is what is fed before the pause

N_ACTORS = 20
CHUNK_BYTES = 2 * CHUNK_SAMPLES
SNR_DB = 10

RANKS = [
    "ace", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "jack",
    "queen", "king",
]  # fmt: skip
SUITS = ["clubs", "diamonds", "hearts", "spades"]
CARDS = [f"{rank} of {suit}" for rank, suit in itertools.product(RANKS, SUITS)]
COMMANDS = [
    "what time is it", "set a timer", "turn on the light", "turn off the light", "stop",
    "play some music", "next song", "volume up", "volume down", "good night",
    "tell me a joke", "roll the dice", "flip a coin", "say that again", "never mind",
    "how do i sound",
]  # fmt: skip
VOICES = ["rms", "slt", "awb"]
"""Of flite; the margin was chosen on the first."""


@dataclass
class Take:
    """One utterance, cut out as the endpointer does it."""

    kind: str
    words: str
    pcm: bytes

    @property
    def duration_s(self):
        return len(self.pcm) / 2 / SAMPLE_RATE


@dataclass
class Heard:
    """What a recogniser made of it."""

    text: str
    wait_s: float
    score: float = 0.0
    spent_s: float = 0.0


def sentences(data):
    """Return 10 read sentences and 40 of RAVDESS: 20 actors, both texts, all emotions."""
    endpointer = Endpointer(VoiceDetector())
    found = [("read", path, words) for path, words in read_sentences(data)]
    for actor, text in itertools.product(range(1, N_ACTORS + 1), (1, 2)):
        emotion = (actor + 4 * (text - 1)) % len(EMOTIONS) + 1
        path = data / f"ravdess/03-01-{emotion:02}-01-{text:02}-01-{actor:02}.flac"
        found.append(("acted", path, RAVDESS_SENTENCES[f"{text:02}"]))
    for kind, path, words in found:
        spoken = endpointer.spoken_part(read_audio(path))
        if spoken is not None:
            yield Take(kind, words, to_pcm(spoken.audio.samples))


def commands(folder):
    """Return the commands as flite says them."""
    for voice, (number, words) in itertools.product(VOICES, enumerate(COMMANDS)):
        path = folder / f"{voice}-{number}.wav"
        subprocess.run(["flite", "-voice", voice, "-t", words, "-o", path], check=True)
        spoken = np.pad(read_audio(path).samples, (4_800, 3_200))
        yield Take(f"commands by {voice}", words, to_pcm(spoken))


def noisy(data, takes):
    """Return the same with the noises of ESC-10 at `SNR_DB`."""
    noises = sorted((data / "noise").glob("*.opus"))
    for number, take in enumerate(takes):
        voice = pcm_to_samples(np.frombuffer(take.pcm, "<i2"))
        noise = np.resize(read_audio(noises[23 * number % len(noises)]).samples, voice.size)
        power = np.mean(voice[voice != 0] ** 2) / (np.mean(noise**2) + 1e-12)
        mixed = voice + noise * np.sqrt(power / 10 ** (SNR_DB / 10))
        yield Take(f"{take.kind}, {SNR_DB} dB", take.words, to_pcm(mixed))


def live(recognizer, take, search, patience_s=math.inf):
    """Hear an utterance in chunks of 32 ms; returns what `end` gives and how long it takes."""
    free_s = spent_s = 0.0

    def step(arrived_s, work, *arguments):
        nonlocal free_s, spent_s
        begin_s = time.thread_time()
        done = work(*arguments)
        step_s = time.thread_time() - begin_s
        free_s = max(free_s, arrived_s) + step_s
        spent_s += step_s
        return done

    recognizer.begin(search, is_whole=False)
    for start in range(0, len(take.pcm), CHUNK_BYTES):
        chunk = take.pcm[start : start + CHUNK_BYTES]
        step((start + len(chunk)) / 2 / SAMPLE_RATE, recognizer.hear, chunk)
    draft = step(take.duration_s, recognizer.draft)
    drafted_s = free_s
    try:
        result = step(take.duration_s, recognizer.finish)
    except speech_recognition.UnknownValueError:
        result = {"text": "", "score": float("-inf")}
    asked_s = take.duration_s + END_S - PAUSE_S
    if draft is not None and free_s > asked_s + patience_s:
        result, free_s = draft, max(drafted_s, asked_s + patience_s)
    return Heard(result["text"], max(0.0, free_s - asked_s), result["score"], spent_s)


def in_real_time(transcriber, take):
    """Speak to the whole of it, processes included; returns how long `end` really takes."""
    dictation = transcriber.dictation()
    begin_s = time.monotonic()
    samples = pcm_to_samples(np.frombuffer(take.pcm, "<i2"))
    for start in range(0, samples.size, CHUNK_SAMPLES):
        chunk = samples[start : start + CHUNK_SAMPLES]
        heard_s = begin_s + (start + chunk.size) / SAMPLE_RATE
        time.sleep(max(0.0, heard_s - time.monotonic()))
        dictation.feed(chunk)
    dictation.pause()
    time.sleep(max(0.0, begin_s + take.duration_s + END_S - PAUSE_S - time.monotonic()))
    asked_s = time.monotonic()
    text = dictation.end().text
    return Heard(text, time.monotonic() - asked_s)


def plain(take):
    """Do as programs do that use SpeechRecognition: the whole utterance once it has ended."""
    begin_s = time.thread_time()
    audio = speech_recognition.AudioData(take.pcm, SAMPLE_RATE, 2)
    try:
        text = speech_recognition.Recognizer().recognize_sphinx(audio)
    except speech_recognition.UnknownValueError:
        text = ""
    spent_s = time.thread_time() - begin_s
    return Heard(text, spent_s, spent_s=spent_s)


def error_rate(takes, texts):
    return word_error_rate([take.words for take in takes], texts)


def print_live(name, takes, heard):
    waits_ms = [1000 * each.wait_s for each in heard]
    pace = sum(each.spent_s for each in heard) / sum(take.duration_s for take in takes)
    pace_text = f"{pace:.2f}" if pace else "-"
    rate = error_rate(takes, [each.text for each in heard])
    kinds = []
    for kind in dict.fromkeys(take.kind for take in takes):
        of_kind = [
            (take, each.text)
            for take, each in zip(takes, heard, strict=True)
            if take.kind == kind
        ]
        kinds.append(f"{kind} {error_rate(*zip(*of_kind, strict=True)):.1%}")
    print(
        f"| {name} | {rate:.1%} ({', '.join(kinds)}) | {np.median(waits_ms):.0f} | "
        f"{np.percentile(waits_ms, 95):.0f} | {pace_text} |"
    )


def print_phrases(recognizer, takes):
    """Listen for cards, digits and commands; whatever else is taken for one is an alarm."""
    phrases = [*CARDS, *RANKS, *COMMANDS]
    recognizer.listen_for(phrases)
    dictation, grammar = recognizer.searches()
    dictated = [live(recognizer, take, dictation) for take in takes]
    print(f"\n{len(phrases)} phrases beside dictation, margin {MARGIN} nats a frame\n")
    print(
        "| utterances | n | WER, dictated | WER with phrases | phrases found | false alarms |"
    )
    print("|---|---|---|---|---|---|")
    spotted = [live(recognizer, take, grammar) for take in takes]
    # For the choice of the margin: how much better the phrase fits than what was dictated.
    gains = []
    for take, without, grammatical in zip(takes, dictated, spotted, strict=True):
        gain = (grammatical.score - without.score) / (take.duration_s / FRAME_S)
        gains.append((gain, take.kind, take.words, without.text, grammatical.text))
    for kind in dict.fromkeys(take.kind for take in takes):
        rows = [
            (take, without, grammatical)
            for take, without, grammatical in zip(takes, dictated, spotted, strict=True)
            if take.kind == kind
        ]
        results = []
        for take, without, grammatical in rows:
            pair = [
                {"text": each.text, "score": each.score, "duration_s": take.duration_s}
                for each in (without, grammatical)
            ]
            results.append(recognizer.choose(pair))
        of_kind = [take for take, _, _ in rows]
        right = sum(
            bool(result["phrase"]) and result["phrase"] == take.words
            for take, result in zip(of_kind, results, strict=True)
        )
        alarms = sum(bool(result["phrase"]) for result in results) - right
        n_phrases = sum(take.words in phrases for take in of_kind)
        print(
            f"| {kind} | {len(rows)} | "
            f"{error_rate(of_kind, [without.text for _, without, _ in rows]):.1%} | "
            f"{error_rate(of_kind, [result['text'] for result in results]):.1%} | "
            f"{right} of {n_phrases} | {alarms} of {len(rows)} |"
        )
    print("\ngain, nats a frame | kind | said | dictated | phrase")
    for gain, *rest in sorted(gains):
        print(f"{gain:6.2f} |", " | ".join(rest))


def main():
    folders = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
    data = Path(folders[0] if folders else "../shared/data")
    if not (data / "speech").is_dir():
        sys.exit(f"{data}/speech is missing: DATA= the folder with the recordings")
    takes = list(sentences(data))
    recognizer = SphinxRecognizer(sphinx_models("en-US"))
    dictation = recognizer.searches()[0]
    print(f"{len(takes)} utterances, {sum(take.duration_s for take in takes):.0f} s\n")
    print("| recogniser | WER | wait for the words, median ms | p95 ms | processor s per s |")
    print("|---|---|---|---|---|", flush=True)
    patience_s = TranscriptionSettings().patience_ms / 1000
    for name, each_s in (("Tonewise, live", patience_s), ("with all patience", math.inf)):
        print_live(name, takes, [live(recognizer, take, dictation, each_s) for take in takes])
    print_live("`recognize_sphinx`, whole", takes, [plain(take) for take in takes])
    if "--real-time" in sys.argv:
        with open_transcriber(TranscriptionSettings()) as transcriber:
            real = [in_real_time(transcriber, take) for take in takes]
        print_live("Tonewise, in real time", takes, real)
    with tempfile.TemporaryDirectory() as folder:
        spoken = list(commands(Path(folder)))
    acted = [take for take in takes if take.kind == "acted"]
    spoken += [*noisy(data, spoken), *noisy(data, acted[::2])]
    print_phrases(recognizer, takes + spoken)


if __name__ == "__main__":
    main()
