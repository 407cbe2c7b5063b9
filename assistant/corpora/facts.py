"""What a recording's name or folder tells before it is heard."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What is known of a recording; empty text where nothing is."""

    corpus: str
    """Such as ``ravdess``, ``tess``, or ``folders`` for recordings sorted by emotion."""
    emotion: str
    """One of `assistant.values.EMOTIONS`."""
    speaker: str = ""
    """Unique over all corpora."""
    gender: str = ""
    """``female`` or ``male``."""
    intensity: str = ""
    """``normal`` or ``strong``."""
    take: str = ""
    """Repetition, from 1."""
    language: str = ""
    """Such as ``en``."""
    transcript: str = ""
    """What is said, lower case."""
    name: str = ""
    """What the corpus calls it: files that share it hold one performance."""
