"""Devices: every way of having none is an answer, within seconds."""

import os
import time

import pytest

from assistant import portaudio_child
from assistant.devices import Device, check_sound, chosen, devices
from assistant.errors import DeviceError
from tests.virtual_audio import replacing

pytestmark = pytest.mark.slow

LAPTOP = "HDA Intel PCH: ALC257 Analog (hw:0,0)"


def without_sound(tmp_path):
    """Variables under which ALSA knows only a sound server that is not there."""
    configuration = tmp_path / "alsa.conf"
    configuration.write_text("pcm.!default { type pulse }")
    return {
        **os.environ,
        "ALSA_CONFIG_PATH": str(configuration),
        "PULSE_SERVER": f"unix:{tmp_path}/none",
        "XDG_RUNTIME_DIR": str(tmp_path),
    }


def device(name, n_inputs=1, n_outputs=0, is_default=False):
    return {
        "name": name,
        "n_inputs": n_inputs,
        "n_outputs": n_outputs,
        "is_default_input": is_default and n_inputs > 0,
        "is_default_output": is_default and n_outputs > 0,
    }


def test_the_sound_card_is_listed(virtual_audio):
    found = {each.name: each for each in devices(virtual_audio.environment)}
    assert found["default"].is_default_input
    assert found["default"].is_default_output
    assert not found["pulse"].is_default_input
    assert found["pulse"].host_api == "ALSA"
    assert min(found["pulse"].n_inputs, found["pulse"].n_outputs) >= 1
    assert found["pulse"].sample_rate == 44_100


def test_with_a_sound_card_nothing_is_missing(virtual_audio):
    check = check_sound(virtual_audio.environment)
    assert (check.has_microphone, check.has_loudspeaker, check.reason) == (True, True, "")


def test_the_loudspeakers_own_sound_is_no_microphone(virtual_audio):
    """All that PulseAudio has where no microphone is connected."""
    virtual_audio.unplug()
    try:
        check = check_sound(virtual_audio.environment)
    finally:
        virtual_audio.plug()
    assert (check.has_microphone, check.has_loudspeaker) == (False, True)
    assert check.reason == "no microphone found"


def test_a_device_is_chosen_by_a_part_of_its_name(virtual_audio):
    found = devices(virtual_audio.environment)
    assert chosen(found, "PUL", "input").name == "pulse"
    assert chosen(found, "", "output").is_default_output
    with pytest.raises(DeviceError, match=r"'webcam'.*pulse, default"):
        chosen(found, "webcam", "input")


def test_no_device_at_all_is_no_error(tmp_path):
    environment = without_sound(tmp_path)
    assert devices(environment) == ()
    check = check_sound(environment)
    assert not check.has_microphone
    assert not check.has_loudspeaker
    assert check.reason == "no microphone and no loudspeaker found"


MICROPHONE_ALONE = """
class PyAudio:
    def get_device_count(self):
        return 1

    def get_device_info_by_index(self, index):
        return dict(index=0, name="USB", hostApi=0, maxInputChannels=1, maxOutputChannels=0,
                    defaultSampleRate=48000.0)

    def get_host_api_info_by_index(self, index):
        return dict(name="ALSA")

    def get_default_input_device_info(self):
        raise OSError("No Default Input Device Available")

    get_default_output_device_info = get_default_input_device_info
"""


def test_a_microphone_without_a_loudspeaker_is_half_the_equipment(tmp_path):
    environment = replacing("pyaudio", MICROPHONE_ALONE, tmp_path)
    assert devices(environment) == (Device("USB", "ALSA", 1, 0, 48_000, False, False),)
    check = check_sound(environment)
    assert check.has_microphone
    assert not check.has_loudspeaker
    assert check.reason == "no loudspeaker found"


def test_a_missing_pyaudio_is_a_reason_that_says_what_to_install(tmp_path):
    environment = replacing("pyaudio", "raise ImportError('No module named pyaudio')", tmp_path)
    with pytest.raises(DeviceError, match=r"PyAudio is missing .*install portaudio19-dev"):
        devices(environment)
    check = check_sound(environment)
    assert not check.has_microphone
    assert "PyAudio is missing" in check.reason


def test_a_portaudio_that_does_not_start_is_a_reason(tmp_path):
    program = "def PyAudio():\n    raise OSError(-9999, 'Unanticipated host error')"
    check = check_sound(replacing("pyaudio", program, tmp_path))
    assert not check.has_loudspeaker
    assert "does not start" in check.reason


@pytest.mark.long
def test_a_portaudio_that_hangs_is_given_up(tmp_path):
    begin_s = time.monotonic()
    check = check_sound(replacing("pyaudio", "import time\ntime.sleep(60)", tmp_path))
    assert time.monotonic() - begin_s < 15
    assert not check.has_microphone
    assert "no answer within 5 s" in check.reason


def test_a_crash_of_portaudio_is_a_reason(tmp_path):
    check = check_sound(replacing("pyaudio", "import os\nos.abort()", tmp_path))
    assert not check.has_microphone
    assert "died" in check.reason


def test_the_default_device_is_chosen_where_no_name_is_given():
    found = [device("first"), device("speaker", 0, 2, True), device("second", is_default=True)]
    assert portaudio_child.choose(found, "", "input") == 2
    assert portaudio_child.choose(found, "", "output") == 1


def test_a_name_fits_in_any_case_and_in_part():
    found = [device("pulse"), device(LAPTOP), device("USB Microphone: Audio (hw:1,0)")]
    assert portaudio_child.choose(found, "PULSE", "input") == 0
    assert portaudio_child.choose(found, "usb micro", "input") == 2
    assert portaudio_child.choose(found, LAPTOP, "input") == 1


def test_a_whole_name_wins_over_parts_of_others():
    found = [device("Microphone array"), device("Microphone")]
    assert portaudio_child.choose(found, "microphone", "input") == 1


def test_a_card_that_has_another_number_now_is_the_same_card():
    found = [device(LAPTOP), device("USB Microphone: Audio (hw:2,0)")]
    assert portaudio_child.choose(found, "USB Microphone: Audio (hw:1,0)", "input") == 1
    assert portaudio_child.choose(found, "USB Microphone: Audio (hw:2,0)", "input") == 1


def test_of_two_such_cards_the_number_tells_which():
    found = [device("USB: Audio (hw:1,0)"), device("USB: Audio (hw:2,0)")]
    assert portaudio_child.choose(found, "USB: Audio (hw:2,0)", "input") == 1
    with pytest.raises(DeviceError, match="fits none or several"):
        portaudio_child.choose(found, "USB: Audio (hw:3,0)", "input")


def test_the_same_name_under_two_host_apis_is_the_first():
    found = [device("Headset"), device("Speakers", 0, 2), device("Headset")]
    assert portaudio_child.choose(found, "head", "input") == 0


@pytest.mark.parametrize("name", ["micro", "webcam"])
def test_a_name_that_fits_several_or_none_is_refused_with_the_names(name):
    found = [device("Microphone A"), device("Microphone B"), device("Speakers", 0, 2)]
    with pytest.raises(DeviceError, match=r"audio\.input_device .*Microphone A, Microphone B$"):
        portaudio_child.choose(found, name, "input")


def test_a_loudspeaker_is_no_microphone():
    with pytest.raises(DeviceError, match="no microphone found"):
        portaudio_child.choose([device("Speakers", 0, 2, True)], "Speakers", "input")


def test_without_a_default_the_names_are_listed():
    with pytest.raises(DeviceError, match=r"no default.*audio\.output_device .*: Speakers"):
        portaudio_child.choose([device("Speakers", 0, 2)], "", "output")
