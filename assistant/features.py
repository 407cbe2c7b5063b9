"""From sound to what the emotion network sees: the one front end of training and run time.

    Audio ── trim ── level ─┬─ log_mel ────────┬─> clip_features ── scale ── cut ──> windows
                            └─ pitch_salience ─┘

Pitch is a second channel, where the recipe has one. Everything is NumPy, so both sides
compute the same numbers on every machine.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assistant.errors import AudioError, ModelError
from assistant.log_mel import MelConfig, log_mel
from assistant.pitch_salience import PitchConfig, pitch_salience
from assistant.values import Audio

Signal = npt.NDArray[np.float64]

Levels = npt.NDArray[np.float32]
"""What is seen over time: levels of mel bands, shape ``(..., n_frames, n_mels)``, or with
pitch ``(..., n_frames, n_mels, 2)``: on the last axis the level, then the salience."""

SILENCE_RMS = 1e-6
"""Below this (-120 dB re full scale, 30 dB under one 16-bit step) a clip counts as silence."""


@dataclass(frozen=True)
class FeatureRecipe:
    """Everything between samples and network input; stored with the model.

    Raises:
        ModelError: statistics or pitches do not fit the bands, or a value is out of range.
    """

    mel: MelConfig = field(default_factory=MelConfig)
    n_frames: int = 256
    """Frames of one window, 2.56 s."""
    window_hop: int = 128
    """Frames from one window of a long clip to the next."""
    trim_db: float = 35.0
    """Outer parts this far below the loudest frame are cut off."""
    level_rms: float = 0.05
    """Root mean square to which a clip is scaled, -26 dB re full scale."""
    band_mean: tuple[float, ...] = ()
    """Mean level of each band over the training clips, dB; empty means 0."""
    band_std: tuple[float, ...] = ()
    """Standard deviation of each band over the training clips, dB; empty means 1."""
    pitch: PitchConfig | None = None
    """How the second channel is made, as many pitches as bands; None for levels alone."""
    pitch_mean: float = 0.0
    """Mean salience over all pitches and training clips, -1 to 1."""
    pitch_std: float = 1.0
    """Standard deviation of the salience over all pitches and training clips."""

    def __post_init__(self) -> None:
        for name, values in (("band_mean", self.band_mean), ("band_std", self.band_std)):
            if len(values) not in (0, self.mel.n_mels):
                raise ModelError(
                    f"{name} has {len(values)} values for {self.mel.n_mels} mel bands"
                )
        positive = all(0 < std < np.inf for std in (*self.band_std, self.pitch_std))
        if not (positive and np.isfinite([*self.band_mean, self.pitch_mean]).all()):
            raise ModelError(
                "band_mean and pitch_mean must be finite, band_std and pitch_std positive"
            )
        if not 0 < self.window_hop <= self.n_frames:
            raise ModelError(
                f"features need 0 < window_hop <= n_frames, got {self.window_hop} "
                f"and {self.n_frames}"
            )
        if not (self.trim_db > 0 and self.level_rms > 0):
            raise ModelError(
                f"trim_db and level_rms must be positive, got {self.trim_db} "
                f"and {self.level_rms}"
            )
        if self.pitch:
            _check_pitch(self.pitch, self.mel)

    @property
    def window_shape(self) -> tuple[int, ...]:
        """Shape of one window: ``(n_frames, n_mels)``, or with pitch another axis of 2."""
        bands = (self.n_frames, self.mel.n_mels)
        return (*bands, 2) if self.pitch else bands


def model_input(audio: Audio, recipe: FeatureRecipe) -> Levels:
    """Return all that the network sees of a clip, ``(n_windows, *recipe.window_shape)``.

    A clip shorter than a window is one window; a longer one is several that overlap.

    Raises:
        AudioError: the sample rate is not the recipe's.
    """
    return windows(clip_features(audio, recipe), recipe)


def clip_features(audio: Audio, recipe: FeatureRecipe) -> Levels:
    """Return all that `windows` needs of a clip, trimmed and at its standard loudness.

    Statistics and windows of the recipe play no part in it, so it may be kept for training;
    half precision is enough.

    Returns:
        Without pitch what `clip_levels` returns; with pitch shape
        ``(1 + n_samples // hop_length, n_mels, 2)``: on the last axis the level in dB, not
        yet scaled per band, then the salience, -1 to 1.

    Raises:
        AudioError: the sample rate is not the recipe's.
    """
    samples = _levelled(audio, recipe)
    levels = log_mel(samples, recipe.mel)
    if recipe.pitch is None:
        return levels
    salience = pitch_salience(samples, recipe.mel.sample_rate, recipe.pitch)
    return np.stack([levels, salience], axis=-1)


def clip_levels(audio: Audio, recipe: FeatureRecipe) -> Levels:
    """Return the levels of the trimmed clip at its standard loudness, in dB.

    Returns:
        Shape ``(1 + n_samples // hop_length, n_mels)``, not yet scaled per band; never with
        pitch.

    Raises:
        AudioError: the sample rate is not the recipe's.
    """
    return log_mel(_levelled(audio, recipe), recipe.mel)


def windows(features: Levels, recipe: FeatureRecipe) -> Levels:
    """Cut what `clip_features` returned into windows and scale it; a short clip is padded.

    Args:
        features: Shape ``(n_frames, *recipe.window_shape[1:])``, any number of frames.
        recipe: Its statistics and window lengths are used.

    Returns:
        Shape ``(n_windows, *recipe.window_shape)``; the last window ends with the clip.
    """
    scaled = scale_bands(padded(features, recipe), recipe)
    last = len(scaled) - recipe.n_frames
    starts = [*range(0, last, recipe.window_hop), last]
    return np.stack([scaled[start : start + recipe.n_frames] for start in starts])


def padded(features: Levels, recipe: FeatureRecipe) -> Levels:
    """Surround the frames of a clip, not yet scaled, with silence to at least a window."""
    missing = max(0, recipe.n_frames - len(features))
    silence = np.repeat(silent_frame(recipe)[np.newaxis], missing, axis=0)
    return np.concatenate([silence[: missing // 2], features, silence[missing // 2 :]])


def silent_frame(recipe: FeatureRecipe) -> Levels:
    """Return one frame of silence, not yet scaled, shape ``recipe.window_shape[1:]``."""
    floor_db = 10 * np.log10(recipe.mel.floor_power)
    levels = np.full(recipe.mel.n_mels, floor_db, dtype=np.float32)
    return np.stack([levels, np.zeros_like(levels)], axis=-1) if recipe.pitch else levels


def scale_bands(features: Levels, recipe: FeatureRecipe) -> Levels:
    """Return deviations from the training mean, in standard deviations.

    Each band of the levels has its own statistics; all of the pitch channel shares one pair.

    Args:
        features: Shape ``(..., *recipe.window_shape[1:])``, not yet scaled.
        recipe: Its statistics are used.
    """
    mean = np.asarray(recipe.band_mean or 0.0, dtype=np.float32)
    std = np.asarray(recipe.band_std or 1.0, dtype=np.float32)
    if recipe.pitch is None:
        return (features - mean) / std
    levels = (features[..., 0] - mean) / std
    salience = (features[..., 1] - recipe.pitch_mean) / recipe.pitch_std
    return np.stack([levels, salience], axis=-1)


def _check_pitch(pitch: PitchConfig, mel: MelConfig) -> None:
    if pitch.n_bins != mel.n_mels:
        raise ModelError(
            f"pitch needs as many bins as there are mel bands, got {pitch.n_bins} "
            f"and {mel.n_mels}"
        )
    factor, rest = divmod(mel.sample_rate, pitch.sample_rate)
    if rest or mel.hop_length != factor * pitch.hop_length:
        raise ModelError(
            f"pitch needs frames where the mel bands have theirs, got {pitch.hop_length} "
            f"samples at {pitch.sample_rate} Hz and {mel.hop_length} at {mel.sample_rate} Hz"
        )


def _levelled(audio: Audio, recipe: FeatureRecipe) -> Signal:
    """Return the samples without quiet outer parts, at the standard loudness."""
    if audio.sample_rate != recipe.mel.sample_rate:
        raise AudioError(
            f"the emotion features need {recipe.mel.sample_rate} Hz, got "
            f"{audio.sample_rate} Hz; resample the audio first"
        )
    samples = audio.samples.astype(np.float64)
    return at_level(samples[loud_part(samples, recipe)], recipe.level_rms)


def loud_part(samples: Signal, recipe: FeatureRecipe) -> slice:
    """Return what lies between quiet outer parts, in whole hops; all of what is silent."""
    hop = recipe.mel.hop_length
    n_hops = -(-len(samples) // hop)
    blocks = np.pad(samples, (0, n_hops * hop - len(samples))).reshape(n_hops, hop)
    rms = np.sqrt((blocks**2).mean(axis=1))
    if rms.max(initial=0.0) < SILENCE_RMS:
        return slice(0, len(samples))
    (loud,) = np.nonzero(rms >= rms.max() * 10 ** (-recipe.trim_db / 20))
    return slice(loud[0] * hop, (loud[-1] + 1) * hop)


def at_level(samples: Signal, level_rms: float) -> Signal:
    """Return samples scaled to a root mean square; silence becomes zeros, not loud noise."""
    rms = np.sqrt((samples**2).mean()) if samples.size else 0.0
    return samples * (level_rms / rms if rms >= SILENCE_RMS else 0.0)
