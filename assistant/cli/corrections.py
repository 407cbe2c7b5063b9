"""``tonewise analyze --correct``: what a person says of an estimate is heeded from then on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from assistant.cli.notes import print_note
from assistant.cli.voices import SETTING
from assistant.errors import ProfileError, SettingsError
from assistant.hearing import Analysis, Hearing
from assistant.profile_store import ProfileStore
from assistant.profiles import Correction, Impression, VoiceProfile, checked_name
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
    impressions = [segment.impression for segment in analysis.segments]
    return replace(hearing, profile=_kept(impressions, label, name, store))


@dataclass
class SpokenCorrections:
    """Corrections that are made in a conversation."""

    chosen: str
    """The profile in use; empty for none."""
    heed: Callable[[VoiceProfile], None]
    """Has the voice heard accordingly from now on."""
    settings_path: Path | None = None
    store: ProfileStore = field(default_factory=ProfileStore)

    def keep(self, impression: Impression, label: str) -> None:
        """Keep how an utterance was meant, and heed it.

        Raises:
            ProfileError: nobody knows whose voice it is, or the profile is damaged or cannot
                be written.
        """
        name = voice_to_correct(self.chosen, self.store)
        profile = _kept([impression], label, name, self.store)
        if not self.chosen:
            use_if_none(name, self.settings_path)
            self.chosen = name
        self.heed(profile)


def _kept(
    impressions: Sequence[Impression], label: str, name: str, store: ProfileStore
) -> VoiceProfile:
    now = datetime.now(UTC)
    corrections = [Correction.of(impression, label, now) for impression in impressions]
    return store.change(
        name, lambda was: (was or VoiceProfile(name)).with_corrections(*corrections)
    )


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
