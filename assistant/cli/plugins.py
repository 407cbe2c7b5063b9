"""``tonewise plugins``: which there are, and which may run."""

import argparse

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.build import found_plugins, plugin_choices
from assistant.cli.terminal import print_json
from assistant.plugin_discovery import Plugin, disabled, enabled, named
from assistant.settings_reading import plugin_folder
from assistant.wire import to_plain


def run(options: argparse.Namespace) -> int:
    """List, enable or disable; raises PluginError where that cannot be done."""
    found = found_plugins()
    if options.action == "list":
        _list(found, options.json)
        return 0
    plugin = named(options.name, found)
    if options.action == "enable":
        plugin_choices().change(lambda was: enabled(was, plugin, options.audio))
        hears = ", and hears what you say" if options.audio else ""
        print(f"{plugin.name} runs from the next start on{hears}.")
    else:
        plugin_choices().change(lambda was: disabled(was, plugin))
        print(f"{plugin.name} runs no more from the next start on.")
    return 0


def _list(found: tuple[Plugin, ...], as_json: bool) -> None:
    if as_json:
        print_json([to_plain(plugin) for plugin in found])
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "from", "runs", "where"):
        table.add_column(heading, overflow="fold")
    for plugin in found:
        table.add_row(plugin.name, plugin.origin, Text(_state(plugin)), Text(_where(plugin)))
    console = Console(highlight=False)
    console.print(table)
    console.print(Text(f"\nYour own plugins go to {plugin_folder()}"), soft_wrap=True)


def _where(plugin: Plugin) -> str:
    if plugin.origin == "bundled":
        return ""  # with the program, wherever that is
    if plugin.distribution:
        return f"{plugin.location} of {plugin.distribution}"
    return plugin.location


def _state(plugin: Plugin) -> str:
    if plugin.problem:
        return f"no: {plugin.problem}"
    how = f"`tonewise plugins enable {plugin.name}` lets it"
    if plugin.is_enabled and plugin.fault:
        return f"no: switched off after faults ({plugin.fault}); {how}"
    return "yes" if plugin.is_enabled else f"no: {how}"
