"""Voice profiles as files: one JSON file a voice, for its owner's eyes alone."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from assistant.errors import AssistantError, ProfileError
from assistant.folder_lock import locked
from assistant.profiles import VoiceProfile, checked_name
from assistant.whole_file import replacing
from assistant.wire import from_plain, to_plain

SCHEMA_VERSION = 1
"""Version of the file's form that this code reads and writes."""


def default_folder() -> Path:
    """Return where this platform keeps a person's voices."""
    import platformdirs

    return platformdirs.user_data_path("tonewise") / "voices"


@dataclass(frozen=True)
class ProfileStore:
    """The voice profiles of a folder; several programs may change them at once."""

    folder: Path = field(default_factory=default_folder)

    def names(self) -> tuple[str, ...]:
        """Return the names of all profiles in alphabetical order.

        Raises:
            ProfileError: the folder cannot be read.
        """
        try:
            files = list(self.folder.iterdir())
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise ProfileError(f"{self.folder}: cannot be read: {error.strerror}") from error
        return tuple(sorted(path.stem for path in files if path.suffix == ".json"))

    def read(self, name: str) -> VoiceProfile:
        """Return a profile.

        Raises:
            ProfileError: there is none, it is damaged or of another version, or the name
                is not allowed.
        """
        path = self._path(name)
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise _no_profile(name) from error
        except OSError as error:
            raise ProfileError(f"{path}: cannot be read: {error.strerror}") from error
        return _parsed(content, name)

    def change(
        self, name: str, changed: Callable[[VoiceProfile | None], VoiceProfile]
    ) -> VoiceProfile:
        """Write what ``changed`` makes of a profile, and return it.

        The file is whole or not there, never half.

        Args:
            name: Which profile.
            changed: Given the profile, None where there is none; what it raises ends the
                change.

        Raises:
            ProfileError: the profile is damaged, cannot be written, or the name is not
                allowed.
        """
        path = self._path(name)
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder.chmod(0o700)
            with locked(self.folder):
                profile = changed(self.read(name) if path.exists() else None)
                _write(path, profile)
            return profile
        except OSError as error:
            raise ProfileError(f"{path}: cannot be written: {error.strerror}") from error

    def delete(self, name: str) -> None:
        """Remove a profile, also a damaged one.

        Raises:
            ProfileError: there is none, it cannot be removed, or the name is not allowed.
        """
        path = self._path(name)
        try:
            with locked(self.folder):
                _draft(path).unlink(missing_ok=True)  # of a program that was killed
                path.unlink()
        except FileNotFoundError as error:
            raise _no_profile(name) from error
        except OSError as error:
            raise ProfileError(f"{path}: cannot be deleted: {error.strerror}") from error

    def _path(self, name: str) -> Path:
        return self.folder / f"{checked_name(name)}.json"


def _no_profile(name: str) -> ProfileError:
    return ProfileError(
        f"there is no voice profile {name}; `tonewise enroll --list` shows them"
    )


def _parsed(content: bytes, name: str) -> VoiceProfile:
    try:
        fields = json.loads(content)
        if not isinstance(fields, dict):
            raise ValueError("it is no JSON object")
        version = fields.pop("schema_version", None)
        if version == SCHEMA_VERSION:
            return _named(from_plain(VoiceProfile, fields), name)
    except (ValueError, RecursionError, AssistantError) as error:
        raise ProfileError(
            f"voice profile {name} is damaged ({_shortened(error)}); delete it: "
            f"tonewise enroll --delete {name}"
        ) from error
    raise ProfileError(
        f"voice profile {name} has version {version!r}, this program reads "
        f"{SCHEMA_VERSION}; install the Tonewise that wrote it"
    )


def _named(profile: VoiceProfile, name: str) -> VoiceProfile:
    if profile.name != name:
        raise ValueError(f"it is that of {profile.name}")
    return profile


def _write(path: Path, profile: VoiceProfile) -> None:
    plain = to_plain(profile)
    assert isinstance(plain, dict)  # a profile is a dataclass
    text = json.dumps({"schema_version": SCHEMA_VERSION, **plain}, indent=1)
    # The draft is ours alone, for the folder is locked.
    with replacing(path, draft=_draft(path), mode=0o600) as file:
        file.write(text.encode())


def _draft(path: Path) -> Path:
    return path.with_suffix(".new")


def _shortened(error: Exception, most: int = 100) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= most else f"{text[:most]}…"
