"""Print the reference of the hooks, from their definitions: ``make hook-reference``."""

import inspect

from assistant.hookspecs import HOOKS
from assistant.plugin_module import signature

HEAD = """\
# The hooks

What a plugin may implement, as the code has it (`make hook-reference` writes this page). A hook
takes those of its arguments that it names. How to write a plugin: [plugins.md](plugins.md).
"""


def reference() -> str:
    """Return the page."""
    parts = [HEAD]
    for hook in HOOKS:
        name, about = hook.__name__, inspect.getdoc(hook)
        parts.append(f"## {name}\n\n```text\n{signature(name)}\n```\n\n{about}\n")
    return "\n".join(parts)


if __name__ == "__main__":
    print(reference(), end="")
