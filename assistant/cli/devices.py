"""``tonewise devices``: which microphones and loudspeakers there are."""

import argparse

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.cli.notes import print_note
from assistant.cli.terminal import print_json
from assistant.devices import Device, devices
from assistant.wire import to_plain


def run(options: argparse.Namespace) -> int:
    """List the devices; none at all is an answer, not a failure."""
    found = devices()
    if options.json:
        print_json([to_plain(device) for device in found])
    elif found:
        Console(highlight=False).print(_table(found))
    else:
        print_note("no microphone and no loudspeaker; recordings and typed words still work")
    return 0


def _table(found: tuple[Device, ...]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "system", "microphone", "loudspeaker", "Hz"):
        table.add_column(heading)
    for device in found:
        table.add_row(
            Text(device.name),
            Text(device.host_api),
            _use(device.n_inputs, device.is_default_input),
            _use(device.n_outputs, device.is_default_output),
            str(device.sample_rate),
        )
    return table


def _use(n_channels: int, is_default: bool) -> str:
    return ("default" if is_default else "yes") if n_channels else "-"
