"""Which voices are enrolled; and a voice that is to be forgotten."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from assistant.cli.notes import print_note
from assistant.cli.terminal import print_json
from assistant.emotion import EmotionClassifier
from assistant.errors import ProfileError
from assistant.profile_store import ProfileStore
from assistant.profiles import VoiceProfile
from assistant.settings_file import change
from assistant.settings_reading import load

SETTING = "emotion.profile"
"""Names the profile in use."""


def list_voices(
    store: ProfileStore, in_use: str, classifier: EmotionClassifier, as_json: bool
) -> None:
    """Print the profiles; one that is damaged is a note and the others are listed.

    Args:
        store: Where they are.
        in_use: Name of the one that is in use, or empty.
        classifier: Hears the voices; corrections that it does not heed are a note.
        as_json: As one JSON array.
    """
    profiles = _readable(store)
    if as_json:
        print_json([_fields(profile, in_use, classifier) for profile in profiles])
    elif profiles:
        Console(highlight=False).print(_table(profiles, in_use, classifier))
    else:
        print_note(f"no voice is enrolled; {how_to_begin(classifier)}")
    for profile in profiles:
        if unheeded := classifier.unheeded(profile):
            print_note(f"voice profile {profile.name}: {unheeded}")


def how_to_begin(classifier: EmotionClassifier) -> str:
    """Return what a person without a profile can do with this model."""
    try:
        classifier.neutral_reference()
    except ProfileError as error:
        return str(error)
    return "`tonewise enroll NAME` enrols yours"


def delete_voice(name: str, store: ProfileStore, settings_path: Path | None) -> None:
    """Delete a profile, and take it out of use if it is in use.

    Raises:
        ProfileError: there is none, or it cannot be deleted.
        SettingsError: the settings cannot be read or changed.
    """
    store.delete(name)
    print(f"{name} is deleted.")
    if load(settings_path, environment={}).emotion.profile == name:
        change(SETTING, lambda was: "", settings_path)
        print("It was in use; from now on the voice is heard without a profile.")


def note_unused(error: ProfileError) -> None:
    """Say that a profile cannot be used, where that stops nothing."""
    print_note(f"{error} (until then the voice is heard without a profile)")


def _readable(store: ProfileStore) -> list[VoiceProfile]:
    profiles = []
    for name in store.names():
        try:
            profiles.append(store.read(name))
        except ProfileError as error:
            print_note(str(error))
    return profiles


def _fields(
    profile: VoiceProfile, in_use: str, classifier: EmotionClassifier
) -> dict[str, str | int | bool]:
    n_heeded = len(classifier.heeded(profile))
    return {
        "name": profile.name,
        "enrolled": profile.enrolled,
        "sentences": profile.n_sentences,
        "corrections": n_heeded,
        "corrections_not_heeded": len(profile.corrections) - n_heeded,
        "in_use": profile.name == in_use,
    }


def _table(profiles: list[VoiceProfile], in_use: str, classifier: EmotionClassifier) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("name", "enrolled", "sentences", "corrections", "in use"):
        table.add_column(heading, overflow="fold")
    for profile in profiles:
        table.add_row(
            profile.name,
            profile.enrolled.partition("T")[0] or "-",
            str(profile.n_sentences),
            str(len(classifier.heeded(profile))),
            "yes" if profile.name == in_use else "-",
        )
    return table
