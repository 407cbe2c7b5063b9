"""How long an answer takes, beside the older projects' way, in one run on one thread.

``make bench-emotion``, or ``python -m assistant.training.speed [MODELS]``
"""

import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np

from assistant.audio import SAMPLE_RATE, read_audio, resample
from assistant.bundled import bundled
from assistant.emotion import EmotionClassifier
from assistant.features import clip_features
from assistant.training.mfcc import N_MFCC, RATE_HZ
from assistant.training.mfcc_network import cepstra_network
from assistant.training.program import status_of
from assistant.values import Audio

SPEECH_S = 3.0
"""How much speech is judged."""

N_REPEATS = 200
"""Answers that are timed, after some that are not; ours and theirs take turns."""

N_WARMING_UP = 10

Seconds = list[float]


def measured(
    ways: Mapping[str, Callable[[], object]], n_repeats: int = N_REPEATS
) -> dict[str, Seconds]:
    """Time each of some ways in turn, so that a busy moment of the machine meets all."""
    times: dict[str, Seconds] = {name: [] for name in ways}
    for i in range(N_WARMING_UP + n_repeats):
        for name, way in ways.items():
            begun = perf_counter()
            way()
            if i >= N_WARMING_UP:
                times[name].append(perf_counter() - begun)
    return times


def ways(models: Path) -> dict[str, Callable[[], object]]:
    """Return what is timed, by name: our parts, our whole, the older projects' whole.

    Both begin with samples in memory; theirs at the rate that they load at.

    Args:
        models: Folder of the model.

    Raises:
        ModelError: the model cannot be used.
    """
    import librosa

    classifier = EmotionClassifier.load(models / "emotion.tflite", models / "emotion.json")
    speech = _speech()
    theirs = resample(speech, RATE_HZ).samples
    network = cepstra_network()

    def older() -> object:
        cepstra = librosa.feature.mfcc(y=theirs, sr=RATE_HZ, n_mfcc=N_MFCC).mean(axis=1)
        return network.predict(cepstra[np.newaxis, :, np.newaxis], verbose=0)

    return {
        "Tonewise: front end": lambda: clip_features(speech, classifier.recipe),
        "Tonewise: front end and int8 model": lambda: classifier.classify(speech),
        "older projects: librosa MFCC and Keras predict": older,
    }


def table(times: Mapping[str, Seconds]) -> str:
    """Return medians and 95th percentiles as Markdown; ratios are to our whole."""
    medians = {name: 1000 * float(np.median(each)) for name, each in times.items()}
    ours = medians["Tonewise: front end and int8 model"]
    rows = [
        f"| {name} | {medians[name]:.2f} | {1000 * np.percentile(each, 95):.2f} "
        f"| {medians[name] / ours:.1f} |"
        for name, each in times.items()
    ]
    head = "| 3 s of speech, one thread | median ms | 95 % ms | ratio |\n|---|---:|---:|---:|"
    return "\n".join([head, *rows]) + "\n"


def _speech() -> Audio:
    """Return so much of the bundled recordings, cut off in the middle of a word."""
    files = sorted(bundled("recordings").glob("*.wav"))
    samples = np.concatenate([read_audio(file).samples for file in files])
    return Audio(samples[: round(SPEECH_S * SAMPLE_RATE)], SAMPLE_RATE)


def main(arguments: Sequence[str]) -> int:
    """Measure and print; return the exit status."""
    import threadpoolctl

    models = Path(arguments[0]) if arguments else bundled("models")

    def work() -> None:
        with threadpoolctl.threadpool_limits(1):
            times = measured(ways(models))
        print(table(times), end="")
        print(
            f"\n{N_REPEATS} answers each in turn; {os.cpu_count()} processors, "
            f"{platform.machine()}, Python {platform.python_version()}, "
            f"{datetime.now(UTC):%Y-%m-%d}"
        )

    return status_of(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
