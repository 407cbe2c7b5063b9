"""The sound server, asked through pactl."""

import os
import time

import pytest

from assistant.errors import DeviceError
from assistant.pulse import Module, Pulse, missing_microphone

pytestmark = pytest.mark.slow


def pactl(folder, program):
    """Variables under which ``pactl`` is that program."""
    path = folder / "pactl"
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(0o755)
    return {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}


def test_it_says_what_there_is(virtual_audio):
    pulse = virtual_audio.pulse
    assert (pulse.default("source"), pulse.default("sink")) == ("microphone", "speaker")
    sources = {node.name: node for node in pulse.nodes("source")}
    assert sources.keys() == {"speaker.monitor", "room.monitor", "microphone"}
    assert sources["microphone"].properties["device.master_device"] == "room.monitor"
    assert {node.name for node in pulse.nodes("sink")} == {"speaker", "room"}
    assert Module(0, "module-native-protocol-unix", "auth-anonymous=1") in pulse.modules()


def test_what_it_refuses_is_an_error_with_its_reason(virtual_audio):
    with pytest.raises(DeviceError, match=r"refused \(Failure: Module initialization failed\)"):
        virtual_audio.pulse.load("module-nonsense")


@pytest.mark.parametrize("answer", ["", "{}", "[1]", '[{"name": "a"}]', "Source #0"])
def test_an_old_pactl_is_told_apart(tmp_path, answer):
    pulse = Pulse(pactl(tmp_path, f"echo '{answer}'"))
    if answer == "{}":
        assert pulse.nodes("source") == ()
    else:
        with pytest.raises(DeviceError, match="pulseaudio-utils 16 or newer"):
            pulse.nodes("source")


@pytest.mark.long
def test_a_server_that_hangs_is_given_up(tmp_path):
    begin_s = time.monotonic()
    with pytest.raises(DeviceError, match="cannot be asked"):
        Pulse(pactl(tmp_path, "exec sleep 60")).default("source")
    assert time.monotonic() - begin_s < 10


def test_only_what_is_no_microphone_is_missing(virtual_audio, tmp_path):
    environment = dict(virtual_audio.environment)
    assert missing_microphone(environment) is None
    assert missing_microphone({**environment, "PULSE_SOURCE": "room.monitor"}) is None
    assert missing_microphone({**environment, "PULSE_SOURCE": "none"}) == (
        "there is no source none"
    )
    assert missing_microphone({**environment, "PATH": str(tmp_path)}) is None
    nowhere = {**environment, "PULSE_SERVER": f"unix:{tmp_path}/none"}
    assert missing_microphone(nowhere) is None
