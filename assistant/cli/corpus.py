"""``tonewise corpus``: labelled recordings, downloaded and indexed."""

import argparse
import io
import itertools
import os
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from assistant.cli.notes import print_note
from assistant.corpora.download import DownloadProgress, download
from assistant.corpora.index import INDEX_NAME, Index, write_index
from assistant.corpora.indexing import index_folder
from assistant.corpora.publications import PUBLICATIONS, Publication
from assistant.errors import CorpusError
from assistant.whole_file import replacing

NAMED = 3
"""Files that are named for each reason why files were passed over; the rest are counted."""

_REFRESH_EVERY = 10  # files, from one drawing of the bar to the next


def run(
    options: argparse.Namespace, publications: Mapping[str, Publication] = PUBLICATIONS
) -> int:
    """Index a folder or download a corpus; returns 0, or 1 if the licence is declined.

    Args:
        options: As parsed.
        publications: What can be downloaded, by name.

    Raises:
        CorpusError: the folder or the download cannot be used.
    """
    if options.action == "index":
        return _index(options.folder, options.output)
    publication = publications[options.corpus]
    if not _accepted(publication, options.accept_licence):
        print_note("nothing was downloaded")
        return 1
    return _download(publication, options.folder or Path(options.corpus))


def _index(folder: Path, output: Path | None) -> int:
    if output is not None:
        _check_writable(output)
    index = _indexed(folder)
    if output is None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8")  # as an index is read
        write_index(index, sys.stdout, _folder_of_stdout() or folder)
    else:
        _write(index, output)
    _tell(index)
    return 0


def _download(publication: Publication, folder: Path) -> int:
    with _download_bars() as report:
        n_fetched = download(publication, folder, report)
    output = folder / INDEX_NAME
    if n_fetched or not output.exists():  # a person may have changed it
        index = _indexed(folder)
        _write(index, output)
        _tell(index)
    else:
        print_note(f"all files were in {folder}")
    print(f"{output} lists the recordings; next: tonewise evaluate {output}")
    return 0


def _indexed(folder: Path) -> Index:
    with _index_bar() as report:
        return index_folder(folder, report)


def _check_writable(output: Path) -> None:
    """Refuse a file that could not be written, before a folder is read for minutes."""
    try:
        if output.is_dir():
            raise CorpusError(
                f"{output} is a folder; name a file, such as {output / INDEX_NAME}"
            )
        with tempfile.TemporaryFile(dir=output.parent):
            pass
    except OSError as error:
        raise CorpusError(f"{output} cannot be written: {error.strerror}") from error


def _write(index: Index, output: Path) -> None:
    """Write an index whole or not at all."""
    try:
        with replacing(output) as file:
            lines = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
            write_index(index, lines, output.parent)
            lines.detach()
    except OSError as error:
        raise CorpusError(f"{output} cannot be written: {error.strerror}") from error


def _folder_of_stdout() -> Path | None:
    """Return the folder of the file that stdout goes to, ``> FILE``; None if it is no file."""
    try:
        descriptor = sys.stdout.fileno()
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return Path(os.readlink(f"/proc/self/fd/{descriptor}")).parent
    except (OSError, ValueError):  # no descriptor, or no Linux
        return None


def _tell(index: Index) -> None:
    """Say on stderr what is in the index and what is not."""
    n_of = Counter(recording.facts.corpus for recording in index.recordings)
    found = ", ".join(f"{n} {corpus}" for corpus, n in sorted(n_of.items()))
    print_note(f"{len(index.recordings)} recordings: {found}")
    by_reason = sorted(index.passed_over, key=lambda each: each.reason)
    for reason, group in itertools.groupby(by_reason, key=lambda each: each.reason):
        files = list(group)
        named = [
            f"{each.path} ({each.detail})" if each.detail else str(each.path)
            for each in files[:NAMED]
        ]
        more = f" and {len(files) - NAMED} more" if len(files) > NAMED else ""
        print_note(f"{len(files)} passed over, {reason}: {', '.join(named)}{more}")


def _accepted(publication: Publication, accepted: bool) -> bool:
    """Show the licence and return whether the person takes it.

    Raises:
        CorpusError: there is nobody to ask.
    """
    if not accepted and not sys.stdin.isatty():
        raise CorpusError(
            f"{publication.title}, is licensed under {publication.licence}: read it, then "
            "give --accept-licence"
        )
    for line in (
        publication.title,
        f"  licence   {publication.licence}",
        f"  cite      {publication.citation}",
        f"  from      {publication.page}",
    ):
        print(line, file=sys.stderr)
    if accepted:
        return True
    print("Do you accept the licence? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


@contextmanager
def _index_bar() -> Iterator[Callable[[int, int], None]]:
    """Show how far the reading is, where someone watches; gives what to report to."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress

    console = Console(stderr=True)
    # Drawn between the files: while one is decoded, what is printed goes to the debug log.
    with Progress(
        *Progress.get_default_columns(),
        MofNCompleteColumn(),
        console=console,
        auto_refresh=False,
        transient=True,
        disable=not console.is_terminal,
    ) as bars:
        task = bars.add_task("reading", total=None)

        def show(done: int, total: int) -> None:
            is_due = done % _REFRESH_EVERY == 0 or done == total
            bars.update(task, completed=done, total=total, refresh=is_due)

        yield show


@contextmanager
def _download_bars() -> Iterator[Callable[[DownloadProgress], None]]:
    """Show a bar for each stage, where someone watches; gives what to report to."""
    from rich.console import Console
    from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

    console = Console(stderr=True)
    with Progress(
        *Progress.get_default_columns(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=console,
        disable=not console.is_terminal,
    ) as bars:
        tasks = {}

        def show(progress: DownloadProgress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(progress.stage)
            bars.update(tasks[progress.stage], completed=progress.done, total=progress.total)

        yield show
