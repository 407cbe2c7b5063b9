"""Each disturbance against its definition, measured on real sound."""

import numpy as np
import pytest
import soundfile

from assistant.audio import SAMPLE_RATE, read_audio, write_wav
from assistant.errors import AudioError, CorpusError
from assistant.scoring.disturbances import (
    TELEPHONE_BAND_HZ,
    Disturbances,
    active_rms,
    in_room,
    noise_recordings,
    over_telephone,
    read_room,
    rms,
    usable_noises,
    with_gain,
    with_noise,
)
from assistant.values import Audio
from tests.conftest import RECORDINGS
from tests.fakes import tone


def db(ratio):
    return 20 * np.log10(ratio)


def added(noisy, audio):
    return noisy.samples.astype(float) - audio.samples.astype(float)


def white(duration_s=2.0, level=0.1, seed=0):
    rng = np.random.default_rng(seed)
    samples = level * rng.standard_normal(round(duration_s * SAMPLE_RATE))
    return Audio(samples.astype(np.float32), SAMPLE_RATE)


def levels_db(audio, frequencies_hz):
    """Mean power at frequencies, over frames of 0.1 s, in dB."""
    n = SAMPLE_RATE // 10
    frames = audio.samples[: audio.samples.size // n * n].reshape(-1, n) * np.hanning(n)
    power = (np.abs(np.fft.rfft(frames)) ** 2).mean(axis=0)
    return 10 * np.log10(power[[f // 10 for f in frequencies_hz]])


@pytest.fixture
def rng():
    return np.random.default_rng(3)


# ── noise ──


@pytest.mark.parametrize("snr_db", [-5, 0, 10, 30])
def test_noise_has_the_level_that_was_asked_for(hello, rng, snr_db):
    noise = read_audio(RECORDINGS / "5_angry.wav")
    noise_alone = added(with_noise(hello, noise, snr_db, rng), hello)
    assert db(active_rms(hello) / rms(noise_alone)) == pytest.approx(snr_db, abs=0.01)


def test_noise_is_measured_against_speech_and_not_its_pauses(hello, rng):
    pause = np.zeros(5 * SAMPLE_RATE, dtype=np.float32)
    padded = Audio(np.concatenate([pause, hello.samples, pause]), SAMPLE_RATE)
    noise_alone = added(with_noise(padded, white(), 10, rng), padded)
    assert db(active_rms(hello) / rms(noise_alone)) == pytest.approx(10, abs=0.2)


def test_active_level_leaves_out_what_is_30_db_under_the_loudest():
    loud, soft = tone(1.0, amplitude=0.5).samples, tone(1.0, amplitude=0.5 / 10**1.45).samples
    softer = tone(1.0, amplitude=0.5 / 10**1.55).samples
    both = Audio(np.concatenate([loud, softer]), SAMPLE_RATE)
    assert active_rms(both) == pytest.approx(0.5 / np.sqrt(2), rel=1e-3)
    both = Audio(np.concatenate([loud, soft]), SAMPLE_RATE)
    assert active_rms(both) == pytest.approx(0.5 / 2, rel=1e-2)
    assert active_rms(Audio(np.zeros(0, dtype=np.float32), SAMPLE_RATE)) == 0


def test_active_level_is_found_in_frames_of_20_ms():
    bursts = np.tile(np.repeat([1, 0], SAMPLE_RATE // 50), 25)
    on_and_off = Audio((0.5 * bursts).astype(np.float32), SAMPLE_RATE)
    assert active_rms(on_and_off) == pytest.approx(0.5)


def test_noise_is_a_stretch_of_the_recording_and_a_short_one_a_loop(hello, rng):
    rising = Audio(np.linspace(0.5, 1, SAMPLE_RATE // 4, dtype=np.float32), SAMPLE_RATE)
    noise_alone = added(with_noise(hello, rising, 0, rng), hello)
    size = rising.samples.size
    np.testing.assert_allclose(noise_alone[size:], noise_alone[:-size], atol=1e-6)
    start = int(noise_alone[:size].argmin())
    found = np.roll(noise_alone[:size], -start)
    np.testing.assert_allclose(found / found[-1], rising.samples, atol=1e-4)


def test_the_same_generator_draws_the_same_noise_and_another_does_not(hello):
    noise = read_audio(RECORDINGS / "5_angry.wav")
    first, again, other = (
        with_noise(hello, noise, 10, np.random.default_rng(seed)).samples for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


def test_the_pauses_of_a_noise_are_not_drawn(hello):
    """A bark in ten seconds of silence is heard in each stretch."""
    silence = np.zeros(5 * SAMPLE_RATE, dtype=np.float32)
    bark = Audio(np.concatenate([silence, white(0.2).samples, silence]), SAMPLE_RATE)
    for seed in range(30):
        noisy = with_noise(hello, bark, 10, np.random.default_rng(seed))
        assert np.abs(added(noisy, hello)).max() > 0.01


def test_silence_is_no_noise(hello, rng):
    with pytest.raises(AudioError, match="is silent"):
        with_noise(hello, Audio(np.zeros(100, dtype=np.float32), SAMPLE_RATE), 10, rng)


@pytest.mark.parametrize("disturbed", [in_room, lambda a, b: with_noise(a, b, 0, None)])
def test_what_is_added_must_have_the_same_rate(hello, disturbed):
    with pytest.raises(AudioError, match="16000 Hz, what is added to it 8000 Hz"):
        disturbed(hello, tone(sample_rate=8_000))


def test_every_tenth_real_noise_has_its_level(shared_data, hello, rng):
    for path in noise_recordings(shared_data / "noise")[::10]:
        noise_alone = added(with_noise(hello, read_audio(path), 10, rng), hello)
        assert db(active_rms(hello) / rms(noise_alone)) == pytest.approx(10, abs=0.05), path


# ── room ──


def test_a_room_is_the_convolution_from_its_direct_sound_on(hello):
    response = np.zeros(3_000, dtype=np.float32)
    response[[100, 500, 2_999]] = [0.5, 0.25, -0.125]
    speech = Audio(hello.samples[4_000:12_000], SAMPLE_RATE)
    found = in_room(speech, Audio(response, SAMPLE_RATE))
    x = speech.samples.astype(float)
    whole = np.zeros(x.size + 2_899)
    for delay, share in ((0, 0.5), (400, 0.25), (2_899, -0.125)):
        whole[delay : delay + x.size] += share * x
    expected = whole[: x.size] * rms(x) / rms(whole[: x.size])
    np.testing.assert_allclose(found.samples, expected, atol=1e-5)


def test_a_room_without_walls_changes_nothing(hello):
    response = Audio(np.eye(1, 50, 20, dtype=np.float32)[0] * 0.01, SAMPLE_RATE)
    np.testing.assert_allclose(in_room(hello, response).samples, hello.samples, atol=1e-6)


def test_real_rooms_keep_length_level_and_time(shared_data, hello):
    for path in sorted((shared_data / "rooms").glob("*.wav")):
        heard = in_room(hello, read_room(path))
        assert heard.samples.size == hello.samples.size
        assert db(rms(heard.samples) / rms(hello.samples)) == pytest.approx(0, abs=0.01)
        n = 2 * heard.samples.size
        spectrum = np.fft.rfft(heard.samples, n) * np.fft.rfft(hello.samples, n).conj()
        lag = int(np.fft.irfft(spectrum).argmax())
        assert min(lag, n - lag) <= 0.03 * SAMPLE_RATE, path  # rooms smear, but do not delay
        assert np.abs(added(heard, hello)).max() > 0.01


def test_silence_stays_silent_in_a_room():
    silent = Audio(np.zeros(100, dtype=np.float32), SAMPLE_RATE)
    assert not in_room(silent, white(0.1)).samples.any()


# ── telephone ──


def test_a_telephone_lets_its_band_through_and_nothing_else():
    sound = white(10.0)
    change = lambda *hz: levels_db(over_telephone(sound), hz) - levels_db(sound, hz)  # noqa: E731
    low, high = map(int, TELEPHONE_BAND_HZ)
    assert np.abs(change(low + 100, 1_000, 2_000, high - 100)).max() < 1
    assert change(low, high) == pytest.approx([-6, -6], abs=1.5)
    assert change(50, low - 100, high + 100, 3_900).max() < -30
    assert change(4_500, 6_000, 7_900).max() < -60


def test_a_telephone_keeps_length_and_time(hello):
    heard = over_telephone(hello)
    assert heard.samples.size == hello.samples.size
    assert heard.sample_rate == SAMPLE_RATE
    correlation = np.correlate(heard.samples[:8_000], hello.samples[:8_000], "full")
    assert correlation.argmax() == 7_999
    odd = Audio(hello.samples[:12_345], SAMPLE_RATE)
    assert over_telephone(odd).samples.size == 12_345


@pytest.mark.parametrize("amplitude", [0.5, 0.05])
def test_eight_bits_of_mu_law_cost_what_g711_says(amplitude):
    """Signal over quantising noise is about 38 dB, and hardly less for soft sound."""
    sound = tone(2.0, 1_020, amplitude)
    difference = added(over_telephone(sound), sound)[SAMPLE_RATE // 2 : -SAMPLE_RATE // 2]
    assert 33 < db(amplitude / np.sqrt(2) / rms(difference)) < 42


def test_samples_on_the_line_are_those_of_mu_law():
    """G.711, tables 2: ``((33 + 2 m) 2^e - 33) / 8192`` for m in 0 to 15 and e in 0 to 7."""
    m, e = np.meshgrid(np.arange(16), np.arange(8))
    positive = ((33 + 2 * m) * 2**e - 33).ravel()
    sound = over_telephone(tone(1.0, 1_013.7, 0.9, sample_rate=8_000))
    found = set((np.abs(sound.samples) * 8192).tolist())
    assert len(found) > 60
    assert found <= set(positive.tolist())


def test_what_is_too_loud_is_clipped_on_the_line():
    assert np.abs(over_telephone(tone(0.5, 1_000, 4.0)).samples).max() < 1.5


# ── level ──


@pytest.mark.parametrize("gain_db", [-30, -6, 6])
def test_gain_changes_the_level_by_so_much(hello, gain_db):
    changed = with_gain(hello, gain_db)
    assert db(rms(changed.samples) / rms(hello.samples)) == pytest.approx(gain_db, abs=0.05)
    steps = changed.samples * 2**15
    np.testing.assert_array_equal(steps, np.round(steps))


def test_what_exceeds_full_scale_is_clipped_and_what_is_too_soft_is_lost(hello):
    assert with_gain(hello, 40).samples.max() == pytest.approx(1, abs=1e-4)
    assert not with_gain(hello, -100).samples.any()


# ── together ──


def test_nothing_is_done_by_default(hello, rng):
    assert Disturbances()(hello, rng) is hello
    assert str(Disturbances()) == ""


def test_all_are_done_in_the_order_of_the_fields(hello, tmp_path):
    noise = tmp_path / "noise.wav"
    write_wav(noise, white())
    room = Audio(np.array([0.3, 1, 0.5], dtype=np.float32), SAMPLE_RATE)
    everything = Disturbances(room, (noise,), 5.0, -10.0, telephone=True)

    rng = np.random.default_rng(7)
    rng.integers(1)  # which noise
    step = with_noise(in_room(hello, room), read_audio(noise), 5.0, rng)
    expected = over_telephone(with_gain(step, -10.0))
    found = everything(hello, np.random.default_rng(7))
    np.testing.assert_array_equal(found.samples, expected.samples)
    assert str(everything) == "in a room, noise at 5 dB SNR, gain -10 dB, over the telephone"


def test_every_noise_is_drawn_some_time(hello, tmp_path):
    levels = {}
    for name, frequency_hz in (("low", 200), ("high", 4_000)):
        write_wav(tmp_path / f"{name}.wav", tone(1.0, frequency_hz))
        levels[name] = frequency_hz
    noisy = Disturbances(noises=noise_recordings(tmp_path), snr_db=-20)
    loudest = set()
    for seed in range(20):
        spectrum = np.abs(np.fft.rfft(noisy(hello, np.random.default_rng(seed)).samples))
        loudest.add(round(spectrum.argmax() / hello.duration_s, -2))
    assert loudest == {200, 4_000}


def test_noises_are_found_by_name_also_below(tmp_path):
    (tmp_path / "below").mkdir()
    for name in ("b.wav", "below/a.FLAC", "index.csv", "c.opus"):
        (tmp_path / name).touch()
    assert [path.name for path in noise_recordings(tmp_path)] == ["b.wav", "a.FLAC", "c.opus"]


def test_a_folder_without_noises_is_refused(tmp_path):
    with pytest.raises(CorpusError, match="holds no noise recordings"):
        noise_recordings(tmp_path / "absent")


def test_a_damaged_noise_ends_the_run_and_is_named(hello, rng, tmp_path):
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    with pytest.raises(CorpusError, match=r"x\.wav is no noise that can be used"):
        Disturbances(noises=(tmp_path / "x.wav",))(hello, rng)


def test_noises_that_cannot_be_used_are_left_out_and_named(tmp_path):
    (tmp_path / "folder.wav").mkdir()
    (tmp_path / "damaged.wav").write_bytes(b"RIFF")
    soundfile.write(tmp_path / "silent.wav", np.zeros(100), SAMPLE_RATE)
    with pytest.raises(CorpusError, match=r"none of 3 noises .* first: .*damaged\.wav: "):
        usable_noises(noise_recordings(tmp_path))
    write_wav(tmp_path / "hum.wav", tone(1.0, 200))
    usable, unusable = usable_noises(noise_recordings(tmp_path))
    assert usable == (tmp_path / "hum.wav",)
    assert [reason.split(":")[0].rpartition("/")[2] for reason in unusable] == [
        "damaged.wav", "folder.wav", "silent.wav",
    ]  # fmt: skip


def test_a_noise_is_decoded_once(hello, rng, tmp_path):
    write_wav(tmp_path / "hum.wav", tone(1.0, 200))
    noises, _ = usable_noises(noise_recordings(tmp_path))
    (tmp_path / "hum.wav").unlink()
    assert (Disturbances(noises=noises)(hello, rng).samples != hello.samples).any()


def test_a_room_must_be_a_sound(tmp_path):
    soundfile.write(tmp_path / "silent.wav", np.zeros(100), SAMPLE_RATE)
    with pytest.raises(CorpusError, match=r"silent\.wav is silent"):
        read_room(tmp_path / "silent.wav")
    with pytest.raises(CorpusError, match=r"absent\.wav: no such file"):
        read_room(tmp_path / "absent.wav")
