"""Plugins of a person who keeps the settings in some folder."""

from dataclasses import replace

from assistant.bundled import bundled
from assistant.plugin_choices import ChoiceFile
from assistant.plugin_discovery import Plugin, enabled
from assistant.plugins import Plugins


def choices(folder):
    return ChoiceFile(folder / "plugins.json")


def write_own(folder, name, source):
    """Write an own plugin and enable it."""
    path = folder / "plugins" / f"{name}.py"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source)
    choices(folder).change(lambda was: enabled(was, Plugin(name, "folder", str(path))))


def leave_out_bundled(folder):
    """Disable all bundled plugins."""
    names = tuple(sorted(path.stem for path in bundled("plugins").glob("*.py")))
    choices(folder).change(lambda was: replace(was, disabled=names))


class Host(Plugins):
    """Gives whole replies."""

    def respond(self, utterance, *more):
        answer = super().respond(utterance, *more)
        if answer is None:
            return None
        return replace(answer.reply, text=" ".join([answer.reply.text, *answer.more]))
