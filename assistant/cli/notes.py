"""What is told beside the result: one line on stderr for each."""

import sys

from assistant.settings import TranscriptionSettings


def printable(text: str) -> str:
    """Return ``text`` with line breaks and control characters written out."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def print_note(text: str) -> None:
    """Print one line."""
    print(f"tonewise: {printable(text)}", file=sys.stderr, flush=True)


def print_privacy_note(settings: TranscriptionSettings) -> None:
    """Say it where the voice is about to leave this machine."""
    if settings.engine == "google":
        print_note("transcription.engine is google: what you say is sent to Google's servers")
