"""Mean cepstra are those of librosa, computed once for each content."""

import librosa
import numpy as np
import pytest
import soundfile

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.training.mfcc import cached_cepstra, mean_cepstra
from tests.conftest import RECORDINGS


@pytest.fixture
def clip(tmp_path):
    noise(tmp_path / "one.flac", seed=0)
    return Clip(tmp_path / "one.flac", "ravdess", "a", 0)


def noise(path, seed):
    rng = np.random.default_rng(seed)
    soundfile.write(path, 0.1 * rng.standard_normal(8_000), 16_000)


# librosa.load imports decoders of its own, and those import it.
@pytest.mark.filterwarnings("ignore:'sunau' is deprecated:DeprecationWarning")
def test_they_are_what_the_older_projects_compute():
    recording = RECORDINGS / "5_angry.wav"
    samples, sample_rate = librosa.load(recording)
    assert sample_rate == 22_050
    expected = np.mean(librosa.feature.mfcc(y=samples, sr=sample_rate, n_mfcc=40).T, axis=0)
    np.testing.assert_allclose(mean_cepstra(recording), expected, rtol=1e-5)


def test_channels_are_averaged(tmp_path):
    samples, sample_rate = soundfile.read(RECORDINGS / "5_angry.wav")
    stereo = np.stack([1.5 * samples, 0.5 * samples], axis=1)
    soundfile.write(tmp_path / "stereo.wav", 0.5 * stereo, sample_rate, "FLOAT")
    soundfile.write(tmp_path / "mono.wav", 0.5 * samples, sample_rate, "FLOAT")
    one, two = (mean_cepstra(tmp_path / f"{name}.wav") for name in ("mono", "stereo"))
    np.testing.assert_allclose(one, two, atol=1e-3)


def test_they_come_in_the_order_of_the_clips(clip, tmp_path):
    other = Clip(RECORDINGS / "4_sad.wav", "", "", 3)
    one, two = (mean_cepstra(each.path) for each in (clip, other))
    np.testing.assert_array_equal(cached_cepstra([clip, other], tmp_path), [one, two])
    np.testing.assert_array_equal(cached_cepstra([other, clip], tmp_path), [two, one])


def test_the_second_time_they_come_from_the_disk(clip, tmp_path):
    cached_cepstra([clip], tmp_path)
    (stored,) = tmp_path.rglob("*.npy")
    np.save(stored, np.arange(40, dtype=np.float32))
    np.testing.assert_array_equal(cached_cepstra([clip], tmp_path), [np.arange(40)])


def test_a_changed_recording_is_noticed(clip, tmp_path):
    first = cached_cepstra([clip], tmp_path)
    noise(clip.path, seed=1)
    assert not np.array_equal(cached_cepstra([clip], tmp_path), first)


def test_each_clip_is_reported(clip, tmp_path):
    told = []
    cached_cepstra([clip, clip], tmp_path, told.append)
    assert told == [1, 2]


def test_a_recording_that_cannot_be_read_is_named(tmp_path):
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF is not enough")
    with pytest.raises(TrainingError, match=r"no cepstra of .*broken\.wav .*out of the index"):
        cached_cepstra([Clip(broken, "", "", 0)], tmp_path)
    with pytest.raises(TrainingError, match=r"absent\.wav \(No such file.*out of the index"):
        cached_cepstra([Clip(tmp_path / "absent.wav", "", "", 0)], tmp_path)


def test_a_recording_of_nothing_is_named(tmp_path):
    soundfile.write(tmp_path / "empty.wav", np.zeros(0), 16_000)
    with pytest.raises(TrainingError, match=r"no cepstra of .*empty\.wav"):
        mean_cepstra(tmp_path / "empty.wav")


@pytest.mark.parametrize("content", [b"damaged", b""])
def test_stored_cepstra_that_are_damaged_are_named(clip, tmp_path, content):
    cached_cepstra([clip], tmp_path)
    (stored,) = tmp_path.rglob("*.npy")
    stored.write_bytes(content)
    with pytest.raises(TrainingError, match=r"npy cannot be read .*; delete it"):
        cached_cepstra([clip], tmp_path)
