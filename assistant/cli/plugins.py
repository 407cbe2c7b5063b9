"""``tonewise plugins``: which there are, and which may run."""

import argparse

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.build import found_plugins
from assistant.cli.terminal import print_json
from assistant.plugin_discovery import Plugin, allow, disallow
from assistant.settings_reading import load, plugin_folder
from assistant.wire import to_plain


def run(options: argparse.Namespace) -> int:
    """List, allow or disallow."""
    found = found_plugins(load(options.settings, assignments=options.set).plugins)
    if options.action == "list":
        _list(found, options.json)
    elif options.action == "allow":
        allow(options.name, found, options.settings)
        print(f"{options.name} may run from the next start on.")
    else:
        disallow(options.name, found, options.settings)
        print(f"{options.name} runs no more from the next start on.")
    return 0


def _list(found: tuple[Plugin, ...], as_json: bool) -> None:
    if as_json:
        print_json([to_plain(plugin) for plugin in found])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "from", "runs", "where"):
        table.add_column(heading, overflow="fold")
    for plugin in found:
        table.add_row(plugin.name, plugin.origin, Text(_state(plugin)), Text(plugin.location))
    console = Console(highlight=False)
    console.print(table)
    console.print(Text(f"\nYour own plugins go to {plugin_folder()}"), soft_wrap=True)


def _state(plugin: Plugin) -> str:
    if plugin.problem:
        return f"no: {plugin.problem}"
    if plugin.is_allowed:
        return "yes"
    return f"no: `tonewise plugins allow {plugin.name}` lets it"
