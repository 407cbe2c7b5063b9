"""``tonewise analyze --correct``: what a person says of an estimate is heeded from then on."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from assistant.cli.notes import print_note
from assistant.cli.voices import SETTING
from assistant.errors import ProfileError, SettingsError
from assistant.hearing import Analysis, Hearing
from assistant.profile_store import ProfileStore
from assistant.profiles import Correction, VoiceProfile, checked_name
from assistant.settings_file import change
from assistant.settings_reading import load

OWN = "me"
"""Name of the profile that a correction makes where there is none."""


def voice_to_correct(chosen: str, store: ProfileStore) -> str:
    """Return the name of the profile that a correction belongs to.

    Args:
        chosen: The profile that is named or in use; empty for none.
        store: Where the profiles are.

    Raises:
        ProfileError: none is chosen, and there are some to choose from; or the name is not
            allowed.
    """
    names = store.names()
    if not chosen and names:
        raise ProfileError(
            f"no voice is in use; name the one to correct: --profile {' or '.join(names)}"
        )
    return checked_name(chosen or OWN)


def corrected(
    hearing: Hearing, analysis: Analysis, label: str, name: str, store: ProfileStore
) -> Hearing:
    """Keep a correction of each stretch of speech; returns what hears the voice from now on.

    Args:
        hearing: What made the analysis.
        analysis: What was heard.
        label: How it was meant, one of `EMOTIONS`.
        name: The profile, which is made if there is none.
        store: Where the profiles are.

    Raises:
        ProfileError: the profile is damaged or cannot be written.
    """
    now = datetime.now(UTC)
    corrections = [
        Correction.of(segment.impression, label, now) for segment in analysis.segments
    ]
    profile = store.change(
        name, lambda was: (was or VoiceProfile(name)).with_corrections(*corrections)
    )
    return replace(hearing, profile=profile)


def use_if_none(name: str, settings_path: Path | None) -> None:
    """Tell of a profile that was made, and put it in use where none is and it can be."""
    try:
        in_use = load(settings_path, environment={}).emotion.profile
        if not in_use:
            change(SETTING, lambda was: was or name, settings_path)
    except SettingsError as error:
        print_note(
            f"the voice profile {name} was made but is not in use: {error}; "
            f"`--profile {name}` hears it"
        )
        return
    note = "" if in_use else f" and is in use from now on; `--set {SETTING}=` leaves it out"
    print_note(f"the voice profile {name} was made{note}")
