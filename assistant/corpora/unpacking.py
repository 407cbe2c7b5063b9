"""A ZIP archive to a folder of its own, whole or not at all."""

import shutil
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from assistant.errors import CorpusError


def path_below(name: str) -> PurePosixPath:
    """Return a relative path that others named; it stays below where it is put.

    Raises:
        CorpusError: it is empty, absolute, or leads upwards.
    """
    path = PurePosixPath(name)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\\" in name:
        raise CorpusError(f"the path {name!r} leads elsewhere; nothing was written there")
    return path


def unpack(
    archive: Path, folder: Path, report: Callable[[int, int], None] = lambda done, total: None
) -> None:
    """Extract an archive into a new folder, which appears when all is in it.

    Args:
        archive: A ZIP file.
        folder: What to make; its parent exists.
        report: Gets the number of files extracted and their total after each file.

    Raises:
        CorpusError: the archive is damaged or names a path outside, the folder exists, or
            it cannot be written.
    """
    unfinished = folder.with_name(f"{folder.name}.part")
    try:
        if folder.exists():
            raise CorpusError(f"{folder} exists; move it away")
        if unfinished.exists():
            shutil.rmtree(unfinished)
        with zipfile.ZipFile(archive) as packed:
            members = packed.infolist()
            for member in members:
                path_below(member.filename)
            for done, member in enumerate(members, start=1):
                packed.extract(member, unfinished)
                report(done, len(members))
        unfinished.replace(folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise CorpusError(f"{archive} cannot be unpacked ({error}); remove it") from error
    except OSError as error:
        raise CorpusError(
            f"{folder} cannot be written ({error.strerror}); free space or choose another "
            "folder"
        ) from error
