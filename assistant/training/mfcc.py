"""Mean cepstra of clips, as the older projects make them; kept on disk, for the baselines."""

import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.whole_file import replacing

Cepstra = npt.NDArray[np.float32]
"""Means over time of mel-frequency cepstral coefficients, shape ``(n_clips, N_MFCC)``."""

N_MFCC = 40
"""Coefficients of a clip."""

RATE_HZ = 22_050
"""What ``librosa.load`` resamples to by default."""

RECIPE = "librosa 0.11 load and feature.mfcc, 22050 Hz, 40 coefficients, mean over frames"
"""How they are made; stored values are found again by it."""


def cached_cepstra(
    clips: Sequence[Clip], cache: Path, report: Callable[[int], None] = lambda done: None
) -> Cepstra:
    """Return the mean cepstra of each clip, ``(n_clips, N_MFCC)``, in order.

    They are what M. G. de Pinto's emotion-classification-from-audio-files and the projects
    after it feed their classifiers: librosa's defaults throughout, silence at the ends
    included, loudness not evened out.

    Args:
        clips: Recordings; each is read in any case, so that a changed one is noticed.
        cache: Folder for the stored cepstra.
        report: Gets the number of clips done after each clip.

    Raises:
        TrainingError: a recording cannot be used, or the cache cannot be written.
    """
    found = np.empty((len(clips), N_MFCC), np.float32)
    for i, clip in enumerate(clips):
        found[i] = _stored(clip.path, cache)
        report(i + 1)
    return found


def mean_cepstra(recording: Path) -> Cepstra:
    """Return the mean cepstra of one recording, shape ``(N_MFCC,)``.

    Read as ``librosa.load`` does, which would fall back on decoders that few machines have.

    Raises:
        TrainingError: it cannot be read, or is empty or not finite.
    """
    import librosa
    import soundfile

    try:
        with soundfile.SoundFile(os.fsencode(recording)) as file:
            samples = librosa.to_mono(file.read(dtype="float32", always_2d=True).T)
            if not samples.size:
                raise ValueError("it is empty")
            samples = librosa.resample(samples, orig_sr=file.samplerate, target_sr=RATE_HZ)
        cepstra = librosa.feature.mfcc(y=samples, sr=RATE_HZ, n_mfcc=N_MFCC)
    except (OSError, soundfile.SoundFileError, librosa.ParameterError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise TrainingError(
            f"no cepstra of {recording} ({reason}); take it out of the index"
        ) from error
    return np.asarray(cepstra.mean(axis=1), dtype=np.float32)


def _stored(recording: Path, cache: Path) -> Cepstra:
    try:
        content = recording.read_bytes()
    except OSError as error:
        raise TrainingError(
            f"no cepstra of {recording} ({error.strerror}); take it out of the index"
        ) from error
    name = hashlib.sha256(RECIPE.encode() + content).hexdigest()
    stored = cache / "cepstra" / name[:2] / f"{name}.npy"
    try:
        if not stored.exists():
            with replacing(stored, durable=False) as file:
                np.save(file, mean_cepstra(recording))
        return np.asarray(np.load(stored), dtype=np.float32).reshape(N_MFCC)
    except OSError as error:
        raise TrainingError(
            f"{stored} cannot be used ({error.strerror}); free space or choose another cache"
        ) from error
    except (ValueError, EOFError) as error:
        raise TrainingError(
            f"{stored} cannot be read ({error}); delete it to have it made again"
        ) from error
