"""What is told beside the result: one line on stderr for each."""

import sys


def print_note(text: str) -> None:
    """Print one line; line breaks and control characters in names are written out."""
    shown = "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
    print(f"tonewise: {shown}", file=sys.stderr, flush=True)
