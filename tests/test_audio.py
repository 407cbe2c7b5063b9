"""The gate for recordings: any file gives mono 16 kHz or one line that says what is wrong."""

import gc
import io
import os
import stat
import struct
import subprocess
import sys
import wave

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant.audio import (
    SAMPLE_RATE,
    joined,
    level_db,
    pcm_to_samples,
    read_at_own_rate,
    read_audio,
    resample,
    samples_to_pcm,
    write_wav,
)
from assistant.errors import AudioError
from assistant.values import Audio
from tests.conftest import RECORDINGS
from tests.fakes import tone


def stored(path, audio, **how):
    soundfile.write(path, audio.samples, audio.sample_rate, **how)
    return path


def frequency_hz(audio):
    spectrum = np.abs(np.fft.rfft(audio.samples * np.hanning(audio.samples.size)))
    return spectrum.argmax() * audio.sample_rate / audio.samples.size


def refusal(path, **limits):
    with pytest.raises(AudioError) as caught:
        read_audio(path, **limits)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("coding", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_every_width_of_wav_is_read(tmp_path, coding):
    audio = read_audio(stored(tmp_path / "a.wav", tone(1.0), subtype=coding))
    np.testing.assert_allclose(audio.samples, tone(1.0).samples, atol=0.01)


@pytest.mark.parametrize(
    "sample_rate", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 192_000]
)
def test_every_rate_becomes_16_khz_with_length_level_and_pitch_kept(tmp_path, sample_rate):
    path = stored(tmp_path / "a.wav", tone(1.0, 440, sample_rate=sample_rate))
    audio = read_audio(path)
    assert audio.sample_rate == SAMPLE_RATE
    assert audio.duration_s == pytest.approx(1.0, abs=0.002)
    assert frequency_hz(audio) == pytest.approx(440, abs=2)
    assert np.abs(audio.samples[1000:-1000]).max() == pytest.approx(0.5, abs=0.01)


def test_what_16_khz_cannot_hold_is_filtered_out_and_does_not_fold_back(tmp_path):
    path = stored(tmp_path / "a.wav", tone(1.0, 12_000, sample_rate=48_000))
    assert np.abs(read_audio(path).samples[1000:-1000]).max() < 0.005


@pytest.mark.parametrize("n_channels", [2, 6, 8])
def test_channels_are_averaged(tmp_path, n_channels):
    samples = np.zeros((16_000, n_channels))
    samples[:, 0] = tone(1.0).samples
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 16_000)
    peak = np.abs(read_audio(path).samples).max()
    assert peak == pytest.approx(0.5 / n_channels, abs=0.001)


@pytest.mark.parametrize("container", ["FLAC", "OGG", "AIFF", "WAVEX", "MP3"])
def test_the_content_tells_the_format_and_not_the_name(tmp_path, container):
    path = stored(tmp_path / "any.wav", tone(1.0, 440), format=container)
    assert frequency_hz(read_audio(path)) == pytest.approx(440, abs=2)


def test_float_over_full_scale_is_scaled_down_whole(tmp_path):
    loud = Audio(tone(1.0).samples * 8, 16_000)
    samples = read_audio(stored(tmp_path / "a.wav", loud, subtype="FLOAT")).samples
    np.testing.assert_allclose(samples, tone(1.0).samples * 2, atol=1e-4)


def test_integers_stored_as_float_are_scaled_down(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, tone(1.0).samples * 2.0**31, 16_000, subtype="DOUBLE")
    np.testing.assert_allclose(read_audio(path).samples, tone(1.0).samples * 2, atol=1e-4)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30])
def test_nan_and_infinity_are_refused(tmp_path, bad):
    samples = tone(1.0).samples.copy()
    samples[500] = bad
    path = tmp_path / "a.wav"
    soundfile.write(path, samples, 16_000, subtype="FLOAT")
    assert "holds NaN or infinite samples" in refusal(path)


def test_one_sample_is_a_recording(tmp_path):
    path = stored(tmp_path / "a.wav", Audio(np.array([0.5]), 16_000))
    assert read_audio(path).samples.size == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; record it again"),
        (b"Dear diary, ...\n" * 20, "is not a recording"),
        (b"RIFF", "is not a recording"),
        (b"RIFF\x24\x00\x00\x00WAVEfmt ", "is not a recording"),
        (bytes(1000), "is not a recording"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path, content, message):
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    assert message in refusal(path)


def test_a_missing_file_a_folder_and_a_pipe_are_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "none.wav")
    assert "is a folder; name the recordings in it" in refusal(tmp_path)
    os.mkfifo(tmp_path / "pipe.wav")
    assert "is not a file" in refusal(tmp_path / "pipe.wav")
    assert "cannot be opened" in refusal(tmp_path / ("x" * 300))


def test_a_header_without_samples_is_refused(tmp_path):
    path = tmp_path / "a.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16_000)
    assert "holds no sound" in refusal(path)


def wav_bytes(
    samples=bytes(32_000), tag=1, n_channels=1, sample_rate=16_000, bits=16, data_size=None
):
    """A WAV file whose header says what it is told to."""
    align = n_channels * bits // 8
    header = struct.pack(
        "<HHIIHH",
        tag,
        n_channels,
        sample_rate,
        sample_rate * align % 2**32,
        align % 2**16,
        bits,
    )
    size = len(samples) if data_size is None else data_size
    body = b"WAVEfmt " + struct.pack("<I", len(header)) + header
    body += b"data" + struct.pack("<I", size) + samples
    return b"RIFF" + struct.pack("<I", len(body)) + body


NO_RECORDING = "is not a recording that can be read"


@pytest.mark.parametrize(
    ("lie", "message"),
    [
        ({"sample_rate": 0}, NO_RECORDING),
        ({"sample_rate": 1}, "claims 1 Hz; expected 8000 to 192000 Hz"),
        ({"sample_rate": 7_999}, "claims 7999 Hz; expected"),
        ({"sample_rate": 192_001}, "claims 192001 Hz; expected"),
        ({"sample_rate": 2**32 - 1}, NO_RECORDING),
        ({"n_channels": 0}, NO_RECORDING),
        ({"n_channels": 9}, "claims 9 channels; expected 1 to 8"),
        ({"n_channels": 65_535}, NO_RECORDING),
        ({"bits": 0}, NO_RECORDING),
        ({"bits": 64}, NO_RECORDING),
        ({"tag": 2}, NO_RECORDING),
        ({"tag": 6}, "is WAV with ALAW coding; export it as 16-bit PCM"),
        ({"tag": 7}, "is WAV with ULAW coding; export it as 16-bit PCM"),
        ({"tag": 0x11}, NO_RECORDING),
        ({"tag": 0x55}, NO_RECORDING),
    ],
    ids=str,
)
def test_a_header_that_cannot_be_true_is_refused(tmp_path, lie, message):
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(**lie))
    assert message in refusal(path)


def test_twelve_bits_are_read_as_the_sixteen_they_are_stored_in(tmp_path):
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(samples=b"\x00\x40" * 16_000, bits=12))
    audio = read_audio(path)
    assert audio.duration_s == pytest.approx(1.0, abs=0.01)
    assert np.median(audio.samples) == pytest.approx(0.5, abs=0.001)


@pytest.mark.parametrize("coding", ["MS_ADPCM", "IMA_ADPCM", "GSM610", "G721_32"])
def test_wav_that_is_not_plain_samples_is_refused(tmp_path, coding):
    path = stored(tmp_path / "a.wav", tone(1.0, sample_rate=8_000), subtype=coding)
    assert f"is WAV with {coding} coding; export it" in refusal(path)


@pytest.mark.parametrize("container", ["AU", "W64", "RF64", "VOC", "SVX"])
def test_other_containers_are_refused_and_named(tmp_path, container):
    path = stored(tmp_path / "a.wav", tone(1.0), format=container, subtype="PCM_16")
    assert f"is a {container} file; use WAV" in refusal(path)


def stored_as(container):
    """The bytes of a second of sound at 48 kHz."""
    file = io.BytesIO()
    soundfile.write(file, tone(1.0, sample_rate=48_000).samples, 48_000, format=container)
    return file.getvalue()


def with_a_damaged_byte(content, position, value):
    return content[:position] + bytes([value]) + content[position + 1 :]


@pytest.mark.parametrize(
    "content",
    [
        with_a_damaged_byte(stored_as("AIFF"), 38, 1),
        stored_as("MP3")[:2_600],
        stored_as("MP3")[:-100],
        stored_as("MP3")[:1_000],
        stored_as("MP3")[:100],
    ],
    ids=["AIFF, a byte damaged", "MP3, half", "MP3, its end cut", "MP3, begun", "MP3, a stub"],
)
def test_the_libraries_below_print_nothing_about_a_damaged_file(tmp_path, content):
    path = tmp_path / "damaged"
    path.write_bytes(content)
    program = (
        "import sys\n"
        "from assistant.audio import read_audio\n"
        "from assistant.errors import AudioError\n"
        "try:\n"
        "    print(read_audio(sys.argv[1]).duration_s)\n"
        "except AudioError as error:\n"
        "    print(error)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    )
    assert answer.stderr == ""
    (outcome,) = answer.stdout.splitlines()
    if not outcome.startswith(f"{path}: is not a recording"):
        assert 0 < float(outcome) < 1.1


@pytest.mark.parametrize("data_size", [2**32 - 1, 2**31, 31_999, 10**6])
def test_a_wrong_length_in_the_header_does_not_decide(tmp_path, data_size):
    """Programs that record into a pipe leave 0xFFFFFFFF there."""
    path = tmp_path / "a.wav"
    path.write_bytes(wav_bytes(samples=b"\x00\x10" * 16_000, data_size=data_size))
    assert read_audio(path).duration_s == pytest.approx(1.0, abs=0.01)


def test_a_truncated_recording_gives_what_there_is(tmp_path):
    path = stored(tmp_path / "a.wav", tone(2.0))
    path.write_bytes(path.read_bytes()[:32_044])
    assert read_audio(path).duration_s == pytest.approx(1.0, abs=0.01)


def test_too_long_is_refused_and_names_the_setting(tmp_path):
    path = stored(tmp_path / "a.flac", Audio(np.zeros(16_000 * 61), 16_000))
    assert "is longer than 60 s; split it, or raise audio.max_file_s" in refusal(
        path, max_duration_s=60
    )
    assert read_audio(path, max_duration_s=62).duration_s == pytest.approx(61)


@pytest.mark.slow
def test_memory_follows_the_limit_and_not_what_the_file_grows_to(tmp_path):
    """An hour of silence at 48 kHz is a small FLAC; decoded it would be 1.4 GB of float64."""
    path = tmp_path / "hour.flac"
    with soundfile.SoundFile(path, "w", 48_000, 1) as file:
        for _ in range(60):
            file.write(np.zeros(48_000 * 60, np.int16))
    assert path.stat().st_size < 1_000_000
    program = (
        "import resource, sys\n"
        "from assistant.audio import read_audio\n"
        "from assistant.errors import AudioError\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    read_audio(sys.argv[1])\n"
        "except AudioError as error:\n"
        "    print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=True
    )
    message, grown_kb = answer.stdout.splitlines()
    assert "is longer than 600 s" in message
    assert int(grown_kb) < 300_000


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    position=st.integers(0, 43), value=st.integers(0, 255), cut=st.integers(0, 60) | st.none()
)
def test_a_damaged_header_gives_sound_or_one_line(tmp_path, position, value, cut):
    damaged = bytearray(wav_bytes(samples=b"\x01\x02" * 2_000))
    damaged[position] = value
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(damaged[:cut]))
    try:
        audio = read_audio(path)
    except AudioError as error:
        lines = str(error).splitlines()
    else:
        assert audio.duration_s < 2
        lines = [f"{audio.sample_rate} Hz"]
    assert len(lines) == 1


def test_the_demo_recordings_are_read():
    for path in RECORDINGS.glob("*.wav"):
        assert 1 < read_audio(path).duration_s < 10


def test_published_originals_are_read_whatever_their_name_says(shared_data):
    """48 kHz, stereo, 96 kHz, and AIFF named .wav."""
    for path in sorted((shared_data / "original").iterdir()):
        assert 1 < read_audio(path).duration_s < 6


def test_what_is_written_is_read_back_to_the_bit(tmp_path):
    pcm = np.arange(-(2**15), 2**15, dtype=np.int32).astype(np.int16)
    path = tmp_path / "a.wav"
    write_wav(path, Audio(pcm_to_samples(pcm), 22_050))
    with wave.open(str(path)) as file:
        assert file.getframerate() == 22_050
        np.testing.assert_array_equal(np.frombuffer(file.readframes(10**6), "<i2"), pcm)


def test_samples_over_full_scale_are_clipped_and_do_not_wrap():
    pcm = samples_to_pcm(np.array([-1.5, -1.0, 0.0, 1.0, 1.5], np.float32))
    assert pcm.tolist() == [-32768, -32768, 0, 32767, 32767]


def test_a_failed_write_leaves_the_old_file_and_no_draft(tmp_path):
    path = tmp_path / "a.wav"
    write_wav(path, tone())
    before = path.read_bytes()
    with pytest.raises(AudioError, match="there is no sound to write"):
        write_wav(path, Audio(np.empty(0), 16_000))
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_one_error_and_nothing_else(small_disk):
    """Nor does `wave` complain when it is deleted: warnings are errors here."""
    with pytest.raises(AudioError, match=r"a\.wav: cannot be written: .*No space left"):
        write_wav(small_disk / "a.wav", tone(10))
    gc.collect()
    assert list(small_disk.iterdir()) == []
    write_wav(small_disk / "a.wav", tone(0.1))


def test_a_file_has_the_permissions_asked_for(tmp_path):
    for name, how, mode in (("a.wav", {}, 0o644), ("b.wav", {"mode": 0o600}, 0o600)):
        write_wav(tmp_path / name, tone(), **how)
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == mode


def test_a_file_that_is_there_can_be_kept(tmp_path):
    path = tmp_path / "a.wav"
    assert write_wav(path, tone(1.0), overwrite=False)
    before = path.read_bytes()
    assert not write_wav(path, tone(2.0), overwrite=False)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
    assert write_wav(path, tone(2.0))
    assert path.read_bytes() != before


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(AudioError, match=r"none/a.wav: cannot be written"):
        write_wav(tmp_path / "none" / "a.wav", tone())


@pytest.mark.parametrize("sample_rate", [8_000, 16_000, 22_050, 48_000])
def test_a_recording_can_keep_its_own_rate(tmp_path, sample_rate):
    audio = tone(0.5, 440, sample_rate=sample_rate)
    read = read_at_own_rate(stored(tmp_path / "a.wav", audio))
    assert read.sample_rate == sample_rate
    np.testing.assert_allclose(read.samples, audio.samples, atol=4e-5)
    with pytest.raises(AudioError, match=r"longer than 0\.4 s"):
        read_at_own_rate(tmp_path / "a.wav", 0.4)


def test_parts_are_joined_at_the_rate_of_the_first():
    audio = joined([tone(0.5, sample_rate=22_050), tone(0.25, sample_rate=16_000)])
    assert audio.sample_rate == 22_050
    assert audio.duration_s == pytest.approx(0.75, abs=0.001)
    assert frequency_hz(audio.between(0.5, 0.75)) == pytest.approx(440, abs=4)


def test_resampling_keeps_pitch_and_length():
    audio = resample(tone(1.0, 440, sample_rate=22_050), 16_000)
    assert frequency_hz(audio) == pytest.approx(440, abs=2)
    assert audio.duration_s == pytest.approx(1.0, abs=0.001)
    assert resample(audio, 16_000) is audio


def test_the_level_is_that_of_the_mean_power():
    assert level_db(tone(1.0, amplitude=1.0).samples) == pytest.approx(-3.01, abs=0.01)
    assert level_db(np.full(100, 0.1, np.float32)) == pytest.approx(-20)
    assert level_db(np.zeros(100, np.float32)) == -np.inf
