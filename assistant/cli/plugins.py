"""``tonewise plugins``: which there are, and which may run."""

import argparse
from dataclasses import replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.build import found_plugins, plugin_choices
from assistant.cli.notes import print_note
from assistant.cli.plugin_check import load_alone
from assistant.cli.terminal import print_json
from assistant.errors import AssistantError, PluginError
from assistant.plugin_choices import Choices
from assistant.plugin_discovery import MISSING, Plugin, announced, disabled, enabled, named
from assistant.plugin_module import Loaded
from assistant.plugin_sections import plugin_sections
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
        _refuse_in_vain(plugin, found, options.audio)
        _enable(plugin, options)
    else:
        plugin_choices().change(lambda was: _known_and_disabled(was, plugin))
        print(f"{plugin.name} runs no more from the next start on.")
    return 0


def _known_and_disabled(choices: Choices, plugin: Plugin) -> Choices:
    """Return the choices without a plugin, which is not announced as new then."""
    told = [plugin] if plugin.origin != "bundled" else []
    return announced(disabled(choices, plugin), told)


def _refuse_in_vain(plugin: Plugin, found: tuple[Plugin, ...], may_hear: bool) -> None:
    """Note which others of its name cannot run, and why.

    Raises:
        PluginError: it cannot run, or runs already, so that another must be meant.
    """
    if plugin.problem:
        raise PluginError(f"{plugin.name} cannot run: {_remedied(plugin)}")
    others = [each for each in found if each.name == plugin.name and each is not plugin]
    for other in others:
        why = f"{other.location} cannot run: {other.problem}"
        if plugin.runs and plugin.may_hear == may_hear:
            raise PluginError(why)
        print_note(why)


def _remedied(plugin: Plugin) -> str:
    """Return its problem and what to do about it."""
    if plugin.problem == MISSING:
        how = f"`tonewise plugins disable {plugin.name}`"
        return f"{MISSING}; put it back, or forget it with {how}"
    return plugin.problem


def _enable(plugin: Plugin, options: argparse.Namespace) -> None:
    """Let it run, and tell whether it can, and whether it hears; that is found by loading it.

    Whether it hears is chosen each time. One that never asks for it is not let.
    """
    loaded, fault = _tried(plugin, options)
    may_hear = options.audio and (loaded is None or loaded.wants_audio)
    plugin_choices().change(lambda was: enabled(was, plugin, may_hear))
    hearing = ""
    if may_hear:
        hearing = " and hears what you say"
    elif plugin.is_enabled and plugin.may_hear:
        hearing = " and hears no longer what you say"
    if loaded is None:
        print_note(f"{plugin.name} is enabled{hearing}, but cannot be loaded: {fault}")
        return
    print(f"{plugin.name} runs from the next start on{hearing and ','}{hearing}.")
    if loaded.wants_audio and not may_hear:
        how = f"`tonewise plugins enable {plugin.name} --audio` lets it"
        print_note(f"it wants to hear what you say; {how}")
    if options.audio and not may_hear:
        print_note("it does not ask to hear what you say: it has no WANTS_AUDIO = True")


def _tried(plugin: Plugin, options: argparse.Namespace) -> tuple[Loaded | None, str]:
    """Return how it was loaded, or None and why it cannot be."""
    try:
        section = plugin_sections(options.settings).get(plugin.name, {})
        return load_alone(replace(plugin, is_enabled=True, fault=""), section), ""
    except AssistantError as error:
        return None, str(error)


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
    if not plugin.is_enabled:
        return f"no: {how}"
    return "yes, hears what you say" if plugin.may_hear else "yes"
