"""What a microphone at home adds that a studio lacks: noise, a room, a telephone line, level.

Each function returns another `Audio` of the same length and rate, in time with the first.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from assistant.audio import pcm_to_samples, read_audio, resample, samples_to_pcm
from assistant.errors import AudioError, CorpusError
from assistant.features import SILENCE_RMS, Signal
from assistant.values import Audio

ACTIVE_FRAME_S = 0.02
ACTIVE_RANGE_DB = 30.0
"""A frame so far below the loudest one is a pause, not speech."""

TELEPHONE_RATE = 8_000
"""Samples per second of a telephone line, Hz (ITU-T G.711)."""

TELEPHONE_BAND_HZ = (300.0, 3_400.0)
"""What a telephone line lets through (ITU-T G.712)."""

RECORDINGS = frozenset({".wav", ".flac", ".ogg", ".opus", ".mp3", ".aif", ".aiff"})

_N_KEPT = 64  # decoded noises; more would not fit where each is minutes long
_N_TAPS = 255  # 3.3 / 255 * 8 kHz: the Hamming window's edges are 104 Hz wide


@dataclass(frozen=True)
class Disturbances:
    """What is done to each clip before it is classified, in the order of the fields."""

    room: Audio | None = None
    """Impulse response; None leaves the room as it is."""
    noises: tuple[Path, ...] = ()
    """Recordings, one of which is drawn for each clip; empty adds none."""
    snr_db: float = 10.0
    """Level of the speech over that of the noise."""
    gain_db: float = 0.0
    telephone: bool = False

    def __call__(self, audio: Audio, rng: np.random.Generator) -> Audio:
        """Return the clip as it would have been recorded.

        Raises:
            CorpusError: the noise that was drawn cannot be used.
        """
        if self.room is not None:
            audio = in_room(audio, self.room)
        if self.noises:
            audio = self._with_drawn_noise(audio, rng)
        if self.gain_db:
            audio = with_gain(audio, self.gain_db)
        return over_telephone(audio) if self.telephone else audio

    def _with_drawn_noise(self, audio: Audio, rng: np.random.Generator) -> Audio:
        path = self.noises[rng.integers(len(self.noises))]
        try:
            return with_noise(audio, _noise(path), self.snr_db, rng)
        except AudioError as error:  # no fault of the clip's: it ends the run
            raise CorpusError(f"{path} is no noise that can be used: {error}") from error

    def __str__(self) -> str:
        parts = [
            "in a room" if self.room is not None else "",
            f"noise at {self.snr_db:g} dB SNR" if self.noises else "",
            f"gain {self.gain_db:+g} dB" if self.gain_db else "",
            "over the telephone" if self.telephone else "",
        ]
        return ", ".join(filter(None, parts))


def noise_recordings(folder: Path) -> tuple[Path, ...]:
    """Return the recordings in a folder and those below it, by name.

    Raises:
        CorpusError: there are none.
    """
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in RECORDINGS)
    if not found:
        raise CorpusError(f"{folder} holds no noise recordings; give a folder that has some")
    return tuple(found)


def usable_noises(paths: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Return the noises that can be used, and for each of the others its path and why not.

    Raises:
        CorpusError: none can be used.
    """
    usable, unusable = [], []
    for path in paths:
        try:
            if rms(_noise(path).samples.astype(np.float64)) < SILENCE_RMS:
                raise AudioError(f"{path}: is silent")
        except AudioError as error:
            unusable.append(str(error))
        else:
            usable.append(path)
    if not usable:
        raise CorpusError(f"none of {len(paths)} noises can be used; the first: {unusable[0]}")
    return tuple(usable), tuple(unusable)


@lru_cache(maxsize=_N_KEPT)
def _noise(path: Path) -> Audio:
    return read_audio(path)


def read_room(path: Path) -> Audio:
    """Return a measured impulse response.

    Raises:
        CorpusError: it cannot be read, or is silent.
    """
    try:
        response = read_audio(path)
    except AudioError as error:
        raise CorpusError(str(error)) from error
    if not response.samples.any():
        raise CorpusError(f"{path} is silent; give the impulse response of a room")
    return response


def with_noise(audio: Audio, noise: Audio, snr_db: float, rng: np.random.Generator) -> Audio:
    """Return the clip with a random stretch of a noise added.

    ``y = x + g n`` with ``g`` such that ``20 log10(active_rms(x) / rms(g n)) = snr_db``: the
    speech is measured where somebody speaks, the noise over the whole stretch. The sum may
    exceed full scale.

    Args:
        audio: Speech.
        noise: At the same rate, taken as a loop; its level does not matter.
        snr_db: Level of the speech over that of the noise.
        rng: Draws the stretch; it is none of the noise's pauses.

    Raises:
        AudioError: the rates differ, or the noise is silent.
    """
    _refuse_another_rate(noise, audio)
    samples, n_samples = noise.samples.astype(np.float64), audio.samples.size
    if rms(samples) < SILENCE_RMS:
        raise AudioError("is silent; take it out of the noises")
    loud = np.flatnonzero(np.abs(samples) >= rms(samples))
    start = rng.choice(loud) - rng.integers(max(1, n_samples))
    stretch = samples.take(np.arange(start, start + n_samples), mode="wrap")
    gain = active_rms(audio) * 10 ** (-snr_db / 20) / max(rms(stretch), SILENCE_RMS)
    return _audio(audio.samples + gain * stretch, audio.sample_rate)


def in_room(audio: Audio, response: Audio) -> Audio:
    """Return the clip as it sounds in the room of an impulse response.

    ``y = x * h``, cut so that the loudest sample of ``h``, the direct sound, has no delay,
    and scaled to the root mean square of ``x``: the room colours and smears, no more.

    Raises:
        AudioError: the rates differ.
    """
    _refuse_another_rate(response, audio)
    x, h = audio.samples.astype(np.float64), response.samples.astype(np.float64)
    n_fft = 1 << (x.size + h.size - 1).bit_length()
    echoing = np.fft.irfft(np.fft.rfft(x, n_fft) * np.fft.rfft(h, n_fft), n_fft)
    direct = int(np.abs(h).argmax())
    echoing = echoing[direct : direct + x.size]
    level = rms(echoing)
    return _audio(echoing * (rms(x) / level if level else 0.0), audio.sample_rate)


def over_telephone(audio: Audio) -> Audio:
    """Return the clip as it comes out of a fixed telephone line.

    `TELEPHONE_RATE` and back, `TELEPHONE_BAND_HZ` by a linear-phase windowed sinc, and the
    eight-bit μ-law of ITU-T G.711, as libsndfile codes it.
    """
    import soundfile

    line = resample(audio, TELEPHONE_RATE)
    band = np.convolve(line.samples.astype(np.float64), _band_pass())
    # Clipped here: the coder looks samples up in a table that ends at full scale.
    band = band[_N_TAPS // 2 :][: line.samples.size].clip(-1, 1)
    coded = io.BytesIO()
    soundfile.write(coded, band, TELEPHONE_RATE, format="AU", subtype="ULAW")
    coded.seek(0)
    decoded, _ = soundfile.read(coded, dtype="float32")
    heard = resample(Audio(decoded, TELEPHONE_RATE), audio.sample_rate).samples
    missing = max(0, audio.samples.size - heard.size)  # of rounding to whole samples
    return Audio(np.pad(heard, (0, missing))[: audio.samples.size], audio.sample_rate)


def with_gain(audio: Audio, gain_db: float) -> Audio:
    """Return the clip as recorded so much louder: ``x 10^(gain_db / 20)`` in 16 bits.

    What lies over full scale is clipped, what lies under a 16-bit step is lost, as where
    the level of a microphone is wrong.
    """
    scaled = audio.samples * np.float32(10 ** (gain_db / 20))
    return Audio(pcm_to_samples(samples_to_pcm(scaled)), audio.sample_rate)


def active_rms(audio: Audio) -> float:
    """Return the root mean square of the speech in a clip, its pauses left out.

    Frames of `ACTIVE_FRAME_S` count which are at most `ACTIVE_RANGE_DB` below the loudest,
    a plain form of the active speech level of ITU-T P.56.
    """
    length = max(1, round(ACTIVE_FRAME_S * audio.sample_rate))
    n_frames = -(-audio.samples.size // length)
    padded = np.pad(audio.samples, (0, n_frames * length - audio.samples.size))
    power = (padded.reshape(n_frames, length).astype(np.float64) ** 2).mean(axis=1)
    active = power >= power.max(initial=0.0) * 10 ** (-ACTIVE_RANGE_DB / 10)
    return float(np.sqrt(power[active].mean())) if power.size else 0.0


def rms(samples: Signal) -> float:
    """Return the root mean square of samples; 0 for none."""
    return float(np.sqrt((samples**2).mean())) if samples.size else 0.0


def _refuse_another_rate(added: Audio, speech: Audio) -> None:
    if added.sample_rate != speech.sample_rate:
        raise AudioError(
            f"speech has {speech.sample_rate} Hz, what is added to it {added.sample_rate} Hz"
        )


def _audio(samples: Signal, sample_rate: int) -> Audio:
    return Audio(samples.astype(np.float32), sample_rate)


@lru_cache(maxsize=1)
def _band_pass() -> Signal:
    """Return a linear-phase band pass: the difference of two windowed ideal low passes."""
    low, high = (2 * edge / TELEPHONE_RATE for edge in TELEPHONE_BAND_HZ)
    n = np.arange(_N_TAPS) - _N_TAPS // 2
    ideal = high * np.sinc(high * n) - low * np.sinc(low * n)
    return np.asarray(ideal * np.hamming(_N_TAPS))
