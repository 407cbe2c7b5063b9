"""Noise of native libraries goes to the debug log."""

import logging
import os

import pytest

from assistant.native_noise import native_noise_logged


def test_what_is_written_to_the_descriptor_is_logged_and_not_shown(capfd, caplog):
    caplog.set_level(logging.DEBUG, logger="tonewise")
    with native_noise_logged():
        os.write(2, b"INFO: created\nsomething \xff\n")
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
    assert caplog.messages == ["INFO: created", "something �"]


def test_after_an_error_stderr_is_back_and_the_error_goes_on(capfd):
    def fail():
        raise RuntimeError("broken")

    with pytest.raises(RuntimeError, match="broken"), native_noise_logged():
        fail()
    os.write(2, b"after")
    assert capfd.readouterr().err == "after"
