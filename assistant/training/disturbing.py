"""Another recording of the same clip: other speed, room, noise and line, all drawn at random.

The speech is found in the clean recording, for in noise its quiet ends cannot be found any
more. What the voice detector cuts out at run time has a margin of up to 0.3 s around the
speech, so such margins are drawn: noise before and after speech is heard in training.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.audio import SAMPLE_RATE, resample
from assistant.scoring.disturbances import in_room, rms, with_noise
from assistant.training.synthetic_sound import (
    babble,
    band_limited,
    coloured_noise,
    fluctuating_noise,
    synthetic_room,
    tonal_noise,
)
from assistant.values import Audio

VERSION = 1
"""Counts changes of what is made here: copies of another version are made anew."""

Range = tuple[float, float]


@dataclass(frozen=True)
class DisturbingSettings:
    """How clips are disturbed; ranges are uniform unless it is said, shares 0 to 1."""

    copies: int = 4
    """Disturbed copies of each training clip; it is heard clean as well."""
    seed: int = 0
    """Of the copies; runs with other seeds of their own share them."""
    margin_s: Range = (0.0, 0.3)
    """Kept before and after the speech, each."""
    speed: Range = (0.88, 1.14)
    """Factor of speed and pitch at once, as of a tape."""
    room_share: float = 0.55
    """Share of clips that are put into a room."""
    rt60_s: Range = (0.13, 1.1)
    """Reverberation time, uniform in its logarithm."""
    direct_db: Range = (-5.0, 11.0)
    """Direct sound over reverberation."""
    noise_share: float = 0.7
    """Share of clips that get noise."""
    tonal_share: float = 0.3
    """Share of noises that have a pitch; of the others half is steady, a quarter babble of
    other training clips, a quarter fluctuating."""
    snr_db: Range = (2.0, 30.0)
    """Speech over noise."""
    voices: tuple[int, int] = (3, 6)
    """Fewest and most voices in babble."""
    line_share: float = 0.15
    """Share of clips that go through a line as narrow as a telephone's."""
    line_low_hz: Range = (100.0, 350.0)
    line_high_hz: Range = (3_000.0, 4_500.0)


@dataclass(frozen=True)
class Disturbance:
    """What was drawn for one copy of one clip."""

    margins_s: Range
    speed: float
    room: Range | None
    """Reverberation time, s, and direct sound over reverberation, dB."""
    noise: str | None
    """``steady``, ``babble``, ``fluctuating`` or ``tonal``."""
    snr_db: float
    voices: tuple[float, ...]
    """Which clips babble: places among all of them, 0 to 1; empty for other noise."""
    line_hz: Range | None
    """Edges of the band that is let through."""
    seed: int
    """Of the random numbers that room and noise are made from."""

    def __call__(self, recording: Audio, voices: Sequence[Audio], trim_db: float) -> Audio:
        """Return the disturbed clip.

        Args:
            recording: The clean one, at `assistant.audio.SAMPLE_RATE`.
            voices: The clips that babble.
            trim_db: What lies so far below the loudest part is no speech.
        """
        rng = np.random.default_rng(self.seed)
        audio = self.undisturbed(recording, trim_db)
        if rms(audio.samples.astype(np.float64)) == 0:
            return audio
        if self.room is not None:
            audio = in_room(audio, synthetic_room(*self.room, rng))
        if self.noise is not None:
            noise = _noise(self.noise, audio.samples.size, voices, rng)
            audio = with_noise(audio, noise, self.snr_db, rng)
        return band_limited(audio, *self.line_hz) if self.line_hz else audio

    def undisturbed(self, recording: Audio, trim_db: float) -> Audio:
        """Return the clip without room, noise and line, in time with the disturbed one."""
        audio = between_margins(recording, *self.margins_s, trim_db)
        as_tape = Audio(audio.samples, round(self.speed * SAMPLE_RATE))
        return resample(as_tape, SAMPLE_RATE)


def drawn(settings: DisturbingSettings, rng: np.random.Generator) -> Disturbance:
    """Draw what is done to one copy of one clip."""
    before_s, after_s = rng.uniform(*settings.margin_s, 2)
    rt60_s = np.exp(rng.uniform(*np.log(settings.rt60_s)))
    room = (float(rt60_s), float(rng.uniform(*settings.direct_db)))
    noise = str(rng.choice(["steady", "steady", "babble", "fluctuating"]))
    has_room, has_noise, has_line = rng.random(3) < (
        settings.room_share,
        settings.noise_share,
        settings.line_share,
    )
    fewest, most = settings.voices
    n_voices = rng.integers(fewest, most + 1) if has_noise and noise == "babble" else 0
    line_hz = (rng.uniform(*settings.line_low_hz), rng.uniform(*settings.line_high_hz))
    found = Disturbance(
        margins_s=(float(before_s), float(after_s)),
        speed=rng.uniform(*settings.speed),
        room=room if has_room else None,
        noise=noise if has_noise else None,
        snr_db=rng.uniform(*settings.snr_db),
        voices=tuple(rng.random(n_voices).tolist()),
        line_hz=line_hz if has_line else None,
        seed=int(rng.integers(2**63)),
    )
    if has_noise and rng.random() < settings.tonal_share:
        return replace(found, noise="tonal", voices=())
    return found


def _noise(
    kind: str, n_samples: int, voices: Sequence[Audio], rng: np.random.Generator
) -> Audio:
    if kind == "babble":
        return babble(voices, n_samples, rng)
    made = {"steady": coloured_noise, "fluctuating": fluctuating_noise, "tonal": tonal_noise}
    return made[kind](n_samples, rng)


def between_margins(recording: Audio, before_s: float, after_s: float, trim_db: float) -> Audio:
    """Return the speech of a recording, with margins in seconds; silence lengthens it.

    Speech begins and ends with a stretch of 10 ms that is less than ``trim_db`` below the
    loudest one, as in `assistant.features`.
    """
    size = recording.sample_rate // 100
    n_blocks = -(-recording.samples.size // size)
    blocks = np.pad(recording.samples, (0, n_blocks * size - recording.samples.size))
    power = (blocks.reshape(n_blocks, size).astype(np.float64) ** 2).mean(axis=1)
    (loud,) = np.nonzero(power >= power.max(initial=0) * 10 ** (-trim_db / 10))
    around = [round(margin_s * recording.sample_rate) for margin_s in (before_s, after_s)]
    padded = np.pad(recording.samples, around)  # so speech starts where its margin did
    return Audio(padded[loud[0] * size : sum(around) + (loud[-1] + 1) * size], SAMPLE_RATE)
