"""``tonewise devices``: which microphones and loudspeakers there are, and which are used."""

import argparse
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant import settings_file
from assistant.cli.notes import print_note
from assistant.cli.sound_findings import SILENCE
from assistant.cli.terminal import print_json
from assistant.devices import Device, chosen, devices
from assistant.errors import DeviceError
from assistant.loudspeaker import Loudspeaker
from assistant.microphone import Microphone
from assistant.portaudio_child import Side
from assistant.settings_reading import load
from assistant.wire import to_plain

SIDES: tuple[tuple[Side, str], ...] = (("input", "microphone"), ("output", "loudspeaker"))


def run(options: argparse.Namespace) -> int:
    """List the devices, where none at all is an answer; or save which are to be used.

    Raises:
        DeviceError: one that was chosen is not there, or cannot be opened; nothing is saved.
        SettingsError: the settings cannot be read or changed.
    """
    wanted = {side: getattr(options, side) for side, _ in SIDES}
    is_choice = any(name is not None for name in wanted.values())
    if options.default and is_choice:
        options.wrong_usage("--default means both; give it alone")
    if options.json and (options.default or is_choice):
        options.wrong_usage("--json is for the list")
    if options.default:
        _save({side: "" for side in wanted}, options)
    elif is_choice:
        _save(
            _opened({side: name for side, name in wanted.items() if name is not None}), options
        )
    else:
        _list(options)
    return 0


def _opened(wanted: Mapping[Side, str]) -> dict[Side, str]:
    """Open what was chosen; return the whole name of each."""
    found = devices()
    names = {
        side: chosen(found, name, side).name if name else "" for side, name in wanted.items()
    }
    if "input" in names:
        with Microphone(names["input"], print_note) as microphone:
            next(microphone.chunks())
    if "output" in names:
        with Loudspeaker(names["output"]) as loudspeaker:
            loudspeaker.play(SILENCE)
    return names


def _save(names: Mapping[Side, str], options: argparse.Namespace) -> None:
    for side, noun in SIDES:
        if side in names:
            _put(_key(side), names[side], options.settings)
            print(f"{noun}: {names[side] or 'the default one'}, from the next start on")


def _put(key: str, value: str, path: Path | None) -> None:
    settings_file.change(key, lambda was: value, path)


def _list(options: argparse.Namespace) -> None:
    audio = load(options.settings, assignments=options.set).audio
    found = devices()
    if options.json:
        print_json([to_plain(device) for device in found])
        return
    if not found:
        print_note("no microphone and no loudspeaker; recordings and typed words still work")
    in_use: dict[Side, Device | None] = {}
    for side, noun in SIDES:
        name = getattr(audio, f"{side}_device")
        try:
            in_use[side] = chosen(found, name, side) if name else None
        except DeviceError:
            in_use[side] = None
            print_note(
                f"the {noun} in use, {name!r}, is not there; connect it, or choose another: "
                f"tonewise devices --{side} NAME"
            )
    if found:
        Console(highlight=False).print(_table(found, in_use))


def _table(found: tuple[Device, ...], in_use: Mapping[Side, Device | None]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "system", "microphone", "loudspeaker", "Hz"):
        table.add_column(heading)
    for device in found:
        table.add_row(
            Text(device.name),
            Text(device.host_api),
            _use(device.n_inputs, device.is_default_input, device is in_use["input"]),
            _use(device.n_outputs, device.is_default_output, device is in_use["output"]),
            str(device.sample_rate),
        )
    return table


def _use(n_channels: int, is_default: bool, is_chosen: bool) -> str:
    if is_chosen:
        return "chosen"
    return ("default" if is_default else "yes") if n_channels else "-"


def _key(side: Side) -> str:
    return f"audio.{side}_device"
