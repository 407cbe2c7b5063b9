"""The encoder computes what Whisper's paper says, here held against plain loops."""

import math

import librosa
import numpy as np
import pytest

from assistant.training.speech_encoder import (
    LONGEST_S,
    N_BLOCKS,
    N_HEADS,
    SpeechEncoder,
    gelu,
    whisper_levels,
)

SIZE = 16


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)

    def drawn(*shape):
        return rng.normal(0, 0.3, shape).astype(np.float32)

    found = {
        "conv1/weight": drawn(SIZE, 80, 3),
        "conv1/bias": drawn(SIZE),
        "conv2/weight": drawn(SIZE, SIZE, 3),
        "conv2/bias": drawn(SIZE),
        "position_encodings/encodings": drawn(1500, SIZE),
    }
    for block in range(N_BLOCKS):
        for part, (n_hidden, n_in) in {
            "self_attention": (3 * SIZE, SIZE),
            "ffn": (4 * SIZE, 4 * SIZE),
        }.items():
            name = f"layer_{block}/{part}"
            found[f"{name}/layer_norm/gamma"] = 1 + drawn(SIZE)
            found[f"{name}/layer_norm/beta"] = drawn(SIZE)
            found[f"{name}/linear_0/weight"] = drawn(n_hidden, SIZE)
            found[f"{name}/linear_0/bias"] = drawn(n_hidden)
            found[f"{name}/linear_1/weight"] = drawn(SIZE, n_in)
            found[f"{name}/linear_1/bias"] = drawn(SIZE)
    return found


def sound(seconds):
    return np.random.default_rng(1).normal(0, 0.1, round(16_000 * seconds)).astype(np.float32)


def convolved(x, kernel, bias, step):
    around = np.pad(x, ((1, 1), (0, 0)))
    return np.array(
        [
            [(around[i : i + 3].T * one).sum() + b for one, b in zip(kernel, bias, strict=True)]
            for i in range(0, len(x), step)
        ]
    )


def normalised(x, gamma, beta):
    return np.array([(row - row.mean()) / math.sqrt(row.var() + 1e-5) for row in x]) * (
        gamma
    ) + (beta)


def attended(x, w):
    x = normalised(x, w["layer_norm/gamma"], w["layer_norm/beta"])
    query, key, value = np.split(x @ w["linear_0/weight"].T + w["linear_0/bias"], 3, axis=1)
    width = SIZE // N_HEADS
    out = np.zeros_like(query)
    for head in range(N_HEADS):
        part = slice(head * width, (head + 1) * width)
        for i in range(len(x)):
            odds = np.exp(key[:, part] @ query[i, part] / math.sqrt(width))
            out[i, part] = odds @ value[:, part] / odds.sum()
    return out @ w["linear_1/weight"].T + w["linear_1/bias"]


def expected(samples, weights):
    x = whisper_levels(samples).astype(np.float64)
    x = gelu(convolved(x, weights["conv1/weight"], weights["conv1/bias"], 1))
    x = gelu(convolved(x, weights["conv2/weight"], weights["conv2/bias"], 2))
    x = x + weights["position_encodings/encodings"][: len(x)]
    for block in range(N_BLOCKS):

        def of(part, name=f"layer_{block}/"):
            start = name + part + "/"
            return {
                key.removeprefix(start): values
                for key, values in weights.items()
                if key.startswith(start)
            }

        x = x + attended(x, of("self_attention"))
        w = of("ffn")
        hidden = normalised(x, w["layer_norm/gamma"], w["layer_norm/beta"])
        hidden = gelu(hidden @ w["linear_0/weight"].T + w["linear_0/bias"])
        x = x + hidden @ w["linear_1/weight"].T + w["linear_1/bias"]
    return np.array([x[i : i + 2].mean(axis=0) for i in range(0, len(x), 2)])


def test_it_computes_what_the_paper_says(weights):
    samples = sound(0.4)
    found = SpeechEncoder(weights)(samples)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected(samples, weights), atol=1e-3)


@pytest.mark.parametrize(
    ("n_samples", "n_frames"), [(0, 1), (100, 1), (640, 1), (1279, 1), (1280, 2), (16_000, 25)]
)
def test_there_is_a_frame_for_each_whole_40_ms(weights, n_samples, n_frames):
    found = SpeechEncoder(weights)(np.zeros(n_samples, np.float32))
    assert found.shape == (n_frames, SIZE)
    assert np.isfinite(found).all()


def test_what_comes_after_30_s_is_not_heard(weights):
    assert len(SpeechEncoder(weights)(sound(31))) == LONGEST_S / 0.04


def test_levels_are_whispers():
    samples = sound(1.0)
    power = librosa.feature.melspectrogram(
        y=samples, sr=16_000, n_fft=400, hop_length=160, n_mels=80, pad_mode="reflect"
    )
    levels = np.log10(np.maximum(power, 1e-10))[:, :-1].T
    levels = (np.maximum(levels, levels.max() - 8) + 4) / 4
    np.testing.assert_allclose(whisper_levels(samples), levels, atol=1e-4)


def test_gelu_is_the_exact_one():
    x = np.array([-3.0, -0.5, 0.0, 0.5, 3.0], np.float32)
    normal = [0.5 * (1 + math.erf(value / math.sqrt(2))) for value in x]
    np.testing.assert_allclose(gelu(x), x * normal, atol=1e-6)
