"""``tonewise settings``: every setting, its value and how to change it."""

import argparse

from rich.console import Console
from rich.text import Text

from assistant.cli.terminal import print_json
from assistant.settings_reading import default_path, keys, load


def run(options: argparse.Namespace) -> int:
    """List every setting with its value in force."""
    settings = load(options.settings, assignments=options.set)
    rows = []
    for key in keys().values():
        table, _, entry = key.name.partition(".")
        rows.append((key, getattr(getattr(settings, table), entry)))
    if options.json:
        print_json({key.name: value for key, value in rows})
        return 0
    console = Console(highlight=False)
    for key, value in rows:
        console.print(Text(f"{key.name} = {value!r}", "bold"), soft_wrap=True)
        limits = f" {key.limits}." if key.limits else ""
        console.print(Text(f"    {key.about}{limits} {key.variable}"), soft_wrap=True)
    file = options.settings or default_path()
    console.print(
        Text(
            f"\nFile: {file}{'' if file.exists() else ' (not there yet: all defaults)'}\n"
            "Or for one call: --set speech.rate_wpm=150, or TONEWISE_SPEECH_RATE_WPM=150"
        ),
        soft_wrap=True,
    )
    return 0
