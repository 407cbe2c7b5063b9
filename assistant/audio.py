"""Sound files and formats: the one gate through which a recording becomes `Audio`.

Behind it everything may assume mono, finite, 16 kHz and a bounded length.
"""

import io
import math
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import AudioError
from assistant.native_noise import native_noise_logged
from assistant.values import Audio, Samples

SAMPLE_RATE = 16_000
"""What the detector, the recognisers and the emotion model work at, Hz."""

CHUNK_SAMPLES = 512
"""Samples captured and judged at a time; what Silero's network takes."""

CHUNK_S = CHUNK_SAMPLES / SAMPLE_RATE  # 0.032 s

MAX_FILE_S = 600.0

RATES_HZ = (8_000, 192_000)
MAX_CHANNELS = 8
FORMATS = frozenset({"WAV", "WAVEX", "AIFF", "FLAC", "OGG", "MP3"})
WAV_CODINGS = frozenset({"PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"})

LOUDEST = 2.0**33
"""Highest amplitude taken from a float file: integers of any width stored as float pass."""

SILENCE = Audio(np.zeros(2_205, np.float32), 22_050)
"""What a text without letters or digits sounds like: 0.1 s."""

_BLOCK_FRAMES = 65_536  # decoded at a time: memory follows this, not the header
_INT16_SCALE = 2**15


def level_db(samples: Samples) -> float:
    """Return the root mean square in dB of full scale; minus infinity for zeros."""
    power = float(np.mean(np.square(samples, dtype=np.float64)))
    return 10 * math.log10(power) if power else -math.inf


def read_audio(path: Path | str, max_duration_s: float = MAX_FILE_S) -> Audio:
    """Return a recording as mono at `SAMPLE_RATE`, whatever it was stored as.

    Reads WAV (PCM and float), AIFF, FLAC, OGG (Vorbis, Opus) and MP3, told by their
    content, not their name. Channels are averaged. Sound over full scale, which float
    files may hold, is scaled down to it. Memory follows ``max_duration_s``, never what a
    header claims.

    Raises:
        AudioError: no such file, not a recording, empty, too long, NaN; the message
            begins with the path.
    """
    with native_noise_logged():  # the MP3 decoder prints what it thinks of a file
        return _read(Path(path), max_duration_s, SAMPLE_RATE)


def read_at_own_rate(path: Path | str, max_duration_s: float = MAX_FILE_S) -> Audio:
    """Return a recording as mono at the rate it was stored with; otherwise as `read_audio`."""
    return _read(Path(path), max_duration_s, None)


def _read(path: Path, max_duration_s: float, sample_rate: int | None) -> Audio:
    """Return a recording at that rate, or at its own."""
    try:
        _refuse_unreadable(path)
        blocks = list(_resampled(_decoded(path), max_duration_s, sample_rate))
        samples = np.concatenate([block for block, _ in blocks]) if blocks else np.empty(0)
        if not samples.size:
            raise AudioError("holds no sound; record it again")
        return Audio(_within_full_scale(samples), blocks[0][1])
    except AudioError as error:
        raise AudioError(f"{path}: {error}") from error


def _refuse_unreadable(path: Path) -> None:
    try:
        if not path.exists():
            raise AudioError("no such file")
        if path.is_dir():
            raise AudioError("is a folder; name the recordings in it")
        if not path.is_file():
            raise AudioError("is not a file")
        with path.open("rb") as file:
            if not file.read(1):
                raise AudioError("is empty; record it again")
    except (OSError, ValueError) as error:  # a name too long, or with a NUL in it
        raise AudioError(f"cannot be opened: {error}") from error


def _decoded(path: Path) -> Iterator[tuple[npt.NDArray[np.float64], int]]:
    """Yield blocks of shape (n_frames, n_channels), each with the file's rate in Hz."""
    import soundfile

    try:
        # By path: a file object's errors come as tracebacks out of libsndfile's callbacks.
        with soundfile.SoundFile(os.fsencode(path)) as file:
            _refuse_format(file.format, file.subtype, file.samplerate, file.channels)
            while (block := file.read(_BLOCK_FRAMES, always_2d=True)).size:
                yield block, file.samplerate
    except OSError as error:
        raise AudioError(f"cannot be opened: {error.strerror or error}") from error
    except (soundfile.SoundFileError, ValueError, TypeError) as error:
        raise AudioError("is not a recording that can be read; use WAV, FLAC or OGG") from error


def _refuse_format(container: str, coding: str, sample_rate: int, n_channels: int) -> None:
    lowest, highest = RATES_HZ
    if container not in FORMATS:
        raise AudioError(f"is a {container} file; use WAV, AIFF, FLAC, OGG or MP3")
    if container in ("WAV", "WAVEX") and coding not in WAV_CODINGS:
        raise AudioError(f"is WAV with {coding} coding; export it as 16-bit PCM")
    if not lowest <= sample_rate <= highest:
        raise AudioError(f"claims {sample_rate} Hz; expected {lowest} to {highest} Hz")
    if not 1 <= n_channels <= MAX_CHANNELS:
        raise AudioError(f"claims {n_channels} channels; expected 1 to {MAX_CHANNELS}")


def _resampled(
    blocks: Iterator[tuple[npt.NDArray[np.float64], int]],
    max_duration_s: float,
    wanted_rate: int | None,
) -> Iterator[tuple[npt.NDArray[np.float64], int]]:
    """Yield mono blocks and their rate, Hz; raises AudioError when they get too long."""
    import soxr

    stream = None
    n_frames = 0
    for block, sample_rate in blocks:
        if stream is None:
            rate = wanted_rate or sample_rate
            stream = soxr.ResampleStream(sample_rate, rate, 1, dtype="float64")
        n_frames += len(block)
        if n_frames > max_duration_s * sample_rate:
            raise AudioError(
                f"is longer than {max_duration_s:g} s; split it, or raise audio.max_file_s"
            )
        if not np.abs(block).max() <= LOUDEST:  # NaN compares false
            raise AudioError("holds NaN or infinite samples; export it again as 16-bit WAV")
        yield stream.resample_chunk(block.mean(axis=1)), rate
    if stream is not None:
        yield stream.resample_chunk(np.empty(0), last=True), rate


def _within_full_scale(samples: npt.NDArray[np.float64]) -> Samples:
    peak = float(np.abs(samples).max(initial=0.0))
    within: Samples = (samples / max(1.0, peak)).astype(np.float32)
    return within


def resample(audio: Audio, sample_rate: int) -> Audio:
    """Return the same sound at another rate in Hz (soxr, high quality)."""
    import soxr

    if audio.sample_rate == sample_rate:
        return audio
    return Audio(soxr.resample(audio.samples, audio.sample_rate, sample_rate), sample_rate)


def joined(parts: Sequence[Audio]) -> Audio:
    """Return the parts, of which there is one at least, one after the other.

    At the rate of the first.
    """
    sample_rate = parts[0].sample_rate
    samples = [resample(part, sample_rate).samples for part in parts]
    return Audio(np.concatenate(samples), sample_rate)


def samples_to_pcm(samples: Samples) -> npt.NDArray[np.int16]:
    """Return 16-bit samples; full scale ±1.0 becomes ±32768, what lies over it is clipped."""
    scaled = np.round(samples * _INT16_SCALE)
    return np.clip(scaled, -_INT16_SCALE, _INT16_SCALE - 1).astype(np.int16)


def pcm_to_samples(pcm: npt.NDArray[np.int16]) -> Samples:
    """Return float32 samples, ±1.0 full scale, of 16-bit ones."""
    samples: Samples = pcm.astype(np.float32) / np.float32(_INT16_SCALE)
    return samples


def write_wav(
    path: Path | str,
    audio: Audio,
    overwrite: bool = True,
    *,
    mode: int = 0o644,
    is_durable: bool = True,
) -> bool:
    """Write 16-bit mono WAV; the file is whole or not there, never half.

    Args:
        path: the file.
        audio: what to write.
        overwrite: whether a file that is there is replaced.
        mode: the file's permissions.
        is_durable: whether it is on the disk when this returns, which takes milliseconds.

    Returns:
        Whether it was written: False if there is such a file and ``overwrite`` is False.

    Raises:
        AudioError: the audio is empty, or the file cannot be written.
    """
    import wavio

    path = Path(path)
    if not audio.samples.size:
        raise AudioError(f"{path}: there is no sound to write")
    # In memory first: on a full disk `wave` tries again, and is heard of, when it is deleted.
    wav = io.BytesIO()
    wavio.write(wav, samples_to_pcm(audio.samples), audio.sample_rate)
    try:
        # A draft, then renamed: nobody finds half a file.
        with tempfile.NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as draft:
            try:
                draft.write(wav.getbuffer())
                draft.flush()
                if is_durable:
                    os.fsync(draft.fileno())
                os.chmod(draft.name, mode)
                if not overwrite:
                    path.touch(exist_ok=False)  # takes the name, also from another process
                os.replace(draft.name, path)
            except BaseException:
                os.unlink(draft.name)
                raise
        return True
    except FileExistsError:
        return False
    except OSError as error:
        raise AudioError(f"{path}: cannot be written: {error}") from error
