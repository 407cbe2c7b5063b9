"""A corpus from a publisher on this machine: fetched, checked, unpacked, resumed."""

import hashlib
import io
import threading
import zipfile
from dataclasses import replace

import pytest

from assistant.corpora.download import THREADS, download
from assistant.corpora.publications import PUBLICATIONS, Archive
from assistant.errors import CorpusError
from tests.corpora.publisher import serving
from tests.corpora.test_publications import LISTING, entry, with_files


def zipped(contents):
    """The bytes of an archive with a file for each name."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        for name, content in contents.items():
            packed.writestr(name, content)
    return archive.getvalue()


ARCHIVES = {
    "Speech.zip": zipped({"Actor_01/03-01-05-01-02-01-01.wav": "speech"}),
    "Song.zip": zipped(
        {"Actor_01/03-02-05-01-02-01-01.wav": "song", "Actor_02/x.wav": "x" * 600_000}
    ),
}
TESS = {f"OAF_{word}_sad.wav": word.encode() * 9 for word in ("back", "bar", "base", "bath")}


def address(name):
    return f"/records/1188976/files/{name}?download=1"


@pytest.fixture
def zenodo():
    """A server, and the publication of RAVDESS with small archives on it."""
    with serving(files={address(name): each for name, each in ARCHIVES.items()}) as publisher:
        archives = tuple(
            Archive(name, len(content), hashlib.md5(content).hexdigest())
            for name, content in ARCHIVES.items()
        )
        host = publisher.host
        yield publisher, replace(PUBLICATIONS["ravdess"], host=host, archives=archives)


@pytest.fixture
def dataverse():
    """A server, and the publication of TESS with a few small files on it."""
    files, entries = {}, []
    for number, (name, content) in enumerate(TESS.items()):
        listed = entry(name, ("MD5", hashlib.md5(content).hexdigest()))
        listed["dataFile"] |= {"id": number, "filesize": len(content)}
        entries.append(listed)
        files[f"/api/access/datafile/{number}"] = content
    with serving(files=files | {LISTING: with_files(*entries)}) as publisher:
        yield publisher, replace(PUBLICATIONS["tess"], host=publisher.host)


def files_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


UNPACKED = {
    "Speech/Actor_01/03-01-05-01-02-01-01.wav",
    "Song/Actor_01/03-02-05-01-02-01-01.wav",
    "Song/Actor_02/x.wav",
}


def test_archives_become_folders_and_are_gone(zenodo, tmp_path):
    _, publication = zenodo
    assert download(publication, tmp_path / "new") == 2
    assert files_in(tmp_path / "new") == UNPACKED


def test_a_second_call_asks_for_nothing(zenodo, tmp_path):
    publisher, publication = zenodo
    download(publication, tmp_path)
    n_requests = len(publisher.requests)
    assert download(publication, tmp_path) == 0
    assert len(publisher.requests) == n_requests
    assert files_in(tmp_path) == UNPACKED


def test_a_persons_own_archive_is_unpacked_and_stays(zenodo, tmp_path):
    publisher, publication = zenodo
    (tmp_path / "Speech.zip").write_bytes(ARCHIVES["Speech.zip"])
    assert download(publication, tmp_path) == 1
    assert [path for path, *_ in publisher.requests] == [address("Song.zip")]
    assert files_in(tmp_path) == UNPACKED | {"Speech.zip"}


def test_progress_counts_all_bytes_then_the_files_of_each_archive(zenodo, tmp_path):
    _, publication = zenodo
    seen = []
    download(publication, tmp_path, seen.append)
    last = {progress.stage: (progress.done, progress.total) for progress in seen}
    n_bytes = sum(map(len, ARCHIVES.values()))
    bytes_seen = [each.done for each in seen if each.stage == "downloading"]
    assert bytes_seen == sorted(bytes_seen)
    assert last == {
        "downloading": (n_bytes, n_bytes),
        "unpacking Speech.zip": (1, 1),
        "unpacking Song.zip": (2, 2),
    }


def test_single_files_come_as_they_are_listed(dataverse, tmp_path):
    publisher, publication = dataverse
    assert download(publication, tmp_path) == len(TESS)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == TESS
    assert download(publication, tmp_path) == 0
    assert [path for path, *_ in publisher.requests].count(LISTING) == 2
    assert len(publisher.requests) == len(TESS) + 2


def test_only_what_is_missing_is_fetched_again(dataverse, tmp_path):
    _, publication = dataverse
    download(publication, tmp_path)
    (tmp_path / "OAF_bar_sad.wav").unlink()
    assert download(publication, tmp_path) == 1
    assert (tmp_path / "OAF_bar_sad.wav").read_bytes() == TESS["OAF_bar_sad.wav"]


def test_a_file_that_fails_is_named_with_where_to_find_it_by_hand(dataverse, tmp_path):
    publisher, publication = dataverse
    del publisher.files["/api/access/datafile/2"]
    with pytest.raises(
        CorpusError,
        match=r"datafile/2 answers 404 Not Found; run it again to go on, or get the files from "
        rf"https://doi\.org/10\.5683/SP2/E8H2MF and put them into {tmp_path}$",
    ):
        download(publication, tmp_path)


def test_an_interruption_stops_all_transfers_and_a_further_call_goes_on(zenodo, tmp_path):
    publisher, publication = zenodo
    publisher.cuts = [20, 20]

    def interrupt(progress):
        if progress.done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(publication, tmp_path, interrupt)
    assert {name for name in files_in(tmp_path) if name.endswith(".part")}
    publisher.cuts = []
    download(publication, tmp_path)
    assert {start for _, start, _ in publisher.requests} == {None, "bytes=20-"}
    assert files_in(tmp_path) == UNPACKED


@pytest.mark.parametrize("n_unpacked", [0, 1])
def test_an_archive_of_a_call_that_was_stopped_while_unpacking_goes(
    zenodo, tmp_path, n_unpacked
):
    publisher, publication = zenodo
    (tmp_path / "Speech.zip").write_bytes(ARCHIVES["Speech.zip"])  # a person's own

    def interrupt(progress):
        if progress.stage == "unpacking Song.zip" and progress.done > n_unpacked:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(publication, tmp_path, interrupt)
    assert "Song.zip" in files_in(tmp_path)
    assert download(publication, tmp_path) == 1
    assert files_in(tmp_path) == UNPACKED | {"Speech.zip"}
    assert len(publisher.requests) == 1
    assert download(publication, tmp_path) == 0


def test_an_archive_that_was_unpacked_but_not_removed_goes(zenodo, tmp_path):
    _, publication = zenodo

    def interrupt(progress):
        if progress.stage == "unpacking Song.zip":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(publication, tmp_path, interrupt)
    (tmp_path / "Song.part").rename(tmp_path / "Song")  # as if the stop had come later
    assert download(publication, tmp_path) == 0
    assert not {name for name in files_in(tmp_path) if "zip" in name}


def test_an_error_stops_the_other_transfers_too(zenodo, tmp_path):
    publisher, publication = zenodo
    publisher.cuts, publisher.holds = [10], True  # the only answer is left open
    del publisher.files[address("Song.zip")]
    with pytest.raises(CorpusError, match=r"Song\.zip.* answers 404"):
        download(publication, tmp_path)
    publisher.going_down.set()
    for thread in threading.enumerate():
        if thread.name == THREADS:
            thread.join(5)
            assert not thread.is_alive()
    assert len(publisher.requests) == 2
    assert not (tmp_path / "Speech.zip").exists()
