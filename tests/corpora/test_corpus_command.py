"""``tonewise corpus``, as a person or a script runs it."""

import csv
import hashlib
import io
import json
import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import astuple, replace

import pytest

from assistant.cli import corpus, main
from assistant.cli.parser import parser
from assistant.corpora.clips import read_clips
from assistant.corpora.publications import PUBLICATIONS, Archive
from assistant.errors import CorpusError
from tests.conftest import RECORDINGS
from tests.corpora.publisher import serving
from tests.corpora.test_download import address, zipped

SAD = "OAF_back_sad.wav"


@pytest.fixture
def data(tmp_path):
    """A folder with two recordings that can be indexed and files that cannot."""
    folder = tmp_path / "data"
    (folder / "anna" / "happy").mkdir(parents=True)
    shutil.copy(RECORDINGS / "1_hello.wav", folder / SAD)
    shutil.copy(RECORDINGS / "1_hello.wav", folder / "again_sad.wav")
    shutil.copy(RECORDINGS / "3_time.wav", folder / "anna" / "happy" / "1.wav")
    for number in range(1, 5):
        (folder / f"01-01-05-01-02-01-{number:02}.mp4").touch()
    (folder / "zoom").mkdir()
    (folder / "zoom" / "02-01-05-01-02-01-01.mp4").touch()
    return folder


@pytest.fixture
def tonewise(capsys):
    """Runs the command here; returns exit status, text of stdout, lines of stderr."""

    def run(*arguments):
        status = main(["corpus", *map(str, arguments)])
        printed = capsys.readouterr()
        return status, printed.out, printed.err.splitlines()

    return run


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_index_prints_csv_and_says_beside_it_what_was_passed_over(tonewise, data):
    status, out, notes = tonewise("index", data)
    assert status == 0
    assert [row["path"] for row in table(out)] == [SAD, "anna/happy/1.wav"]
    assert notes == [
        "tonewise: 2 recordings: 1 folders, 1 tess",
        "tonewise: 5 passed over, RAVDESS video, whose sound the audio-only files hold too: "
        "01-01-05-01-02-01-01.mp4, 01-01-05-01-02-01-02.mp4, 01-01-05-01-02-01-03.mp4 and 2 "
        "more",
        "tonewise: 1 passed over, neither name nor folder tells the emotion: again_sad.wav",
    ]


def test_an_index_goes_to_a_file_with_paths_from_there(tonewise, data, tmp_path):
    status, out, _ = tonewise("index", data, "--output", tmp_path / "index.csv")
    assert (status, out) == (0, "")
    assert [clip.path for clip in read_clips(tmp_path)] == [
        tmp_path / "data" / SAD, tmp_path / "data/anna/happy/1.wav",
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "index.csv"]


@pytest.mark.slow
def test_an_index_that_the_shell_writes_to_a_file_has_paths_from_there(data, tmp_path):
    command = [sys.executable, "-m", "assistant", "corpus", "index", str(data)]
    for place in (tmp_path / "elsewhere", data):
        place.mkdir(exist_ok=True)
        with (place / "index.csv").open("w") as stdout:
            subprocess.run(command, stdout=stdout, stderr=subprocess.DEVNULL, check=True)
        assert [clip.path.is_file() for clip in read_clips(place)] == [True, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["index", "none"], "none does not exist"),
        (["index", "data", "--output", "none/index.csv"], "none/index.csv cannot be written"),
        (["index", "data/anna"], ""),
        (["index", "empty"], "empty has nothing to index (no files); understood are RAVDESS"),
        (["download", "tess"], "licensed under CC BY-NC-ND 4.0"),
    ],
    ids=["absent", "unwritable", "fine", "empty", "licence"],
)
def test_what_cannot_be_done_is_one_line(
    tonewise, data, tmp_path, monkeypatch, arguments, message
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))  # no terminal
    (tmp_path / "empty").mkdir()
    status, _, notes = tonewise(*arguments)
    assert status == (1 if message else 0)
    assert len(notes) == 1
    assert message in notes[0]


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (".", ". is a folder; name a file, such as index.csv"),
        ("", ". is a folder; name a file, such as index.csv"),
        ("data", "data is a folder; name a file, such as data/index.csv"),
        ("none/index.csv", "none/index.csv cannot be written: No such file or directory"),
    ],
    ids=["here", "empty", "folder", "absent"],
)
def test_where_an_index_cannot_go_is_said_before_anything_is_read(
    tonewise, data, tmp_path, monkeypatch, output, message
):
    monkeypatch.chdir(tmp_path)
    (data / SAD).unlink()
    shutil.rmtree(data / "anna")  # nothing is left to index, which reading would find
    status, _, notes = tonewise("index", "data", "--output", output)
    assert (status, len(notes)) == (1, 1)
    assert message in notes[0]
    assert [path.name for path in tmp_path.iterdir()] == ["data"]


def test_what_can_be_downloaded_is_what_is_published():
    for name in PUBLICATIONS:
        options = parser().parse_args(["corpus", "download", name, "here", "--accept-licence"])
        assert (options.module, options.action, options.corpus) == ("corpus", "download", name)
    with pytest.raises(SystemExit):
        parser().parse_args(["corpus", "download", "imaginary"])


class Terminal(io.StringIO):
    """Someone who types."""

    def isatty(self):
        return True


@pytest.fixture
def zenodo():
    """A server with one small archive, and the table of what is published with it."""
    content = packed_recordings()
    with serving(files={address("Speech.zip"): content}) as publisher:
        archive = Archive("Speech.zip", len(content), hashlib.md5(content).hexdigest())
        ravdess = replace(PUBLICATIONS["ravdess"], host=publisher.host, archives=(archive,))
        yield publisher, {"ravdess": ravdess}


def packed_recordings():
    name = "Actor_01/03-01-05-01-02-01-01.wav"
    return zipped({name: (RECORDINGS / "1_hello.wav").read_bytes()})


def download(publications, *arguments):
    options = parser().parse_args(["corpus", "download", "ravdess", *map(str, arguments)])
    return corpus.run(options, publications)


def test_a_download_shows_the_licence_and_ends_with_an_index(zenodo, tmp_path, capsys):
    _, publications = zenodo
    assert download(publications, tmp_path / "r", "--accept-licence") == 0
    (clip,) = read_clips(tmp_path / "r")
    assert clip.path == tmp_path / "r/Speech/Actor_01/03-01-05-01-02-01-01.wav"
    assert clip.path.is_file()
    printed = capsys.readouterr()
    assert printed.out == (
        f"{tmp_path}/r/index.csv lists the recordings; next: "
        f"tonewise evaluate {tmp_path}/r/index.csv\n"
    )
    assert "CC BY-NC-SA 4.0" in printed.err
    assert "10.1371/journal.pone.0196391" in printed.err
    assert "1 recordings: 1 ravdess" in printed.err


def test_a_second_download_keeps_an_index_that_was_changed(zenodo, tmp_path, capsys):
    publisher, publications = zenodo
    download(publications, tmp_path, "--accept-licence")
    (tmp_path / "index.csv").write_text("path,emotion\n")
    assert download(publications, tmp_path, "--accept-licence") == 0
    assert (tmp_path / "index.csv").read_text() == "path,emotion\n"
    assert "all files were in" in capsys.readouterr().err
    assert len(publisher.requests) == 1
    (tmp_path / "index.csv").unlink()
    download(publications, tmp_path, "--accept-licence")
    assert len(read_clips(tmp_path)) == 1


def test_an_index_that_cannot_be_written_leaves_no_draft(zenodo, tmp_path):
    _, publications = zenodo
    (tmp_path / "index.csv").mkdir()
    with pytest.raises(CorpusError, match=r"index\.csv cannot be written"):
        download(publications, tmp_path, "--accept-licence")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Speech", "index.csv"]


def test_what_is_fetched_anew_is_indexed_anew(zenodo, tmp_path):
    _, publications = zenodo
    (tmp_path / "index.csv").write_text("path,emotion\n")
    download(publications, tmp_path, "--accept-licence")
    assert len(read_clips(tmp_path)) == 1


@pytest.mark.parametrize(
    ("typed", "status"), [("y\n", 0), ("Yes\n", 0), ("n\n", 1), ("\n", 1), ("", 1)]
)
def test_on_a_terminal_the_licence_is_asked_for(
    zenodo, tmp_path, capsys, monkeypatch, typed, status
):
    publisher, publications = zenodo
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", Terminal(typed))
    assert download(publications) == status
    assert (tmp_path / "ravdess" / "index.csv").is_file() == (status == 0)
    assert bool(publisher.requests) == (status == 0)
    error = capsys.readouterr().err
    assert error.index("CC BY-NC-SA 4.0") < error.index("accept the licence? [y/N]")
    assert ("nothing was downloaded" in error) == (status == 1)


def test_without_a_terminal_and_the_flag_nothing_is_asked_for(zenodo, tmp_path, monkeypatch):
    publisher, publications = zenodo
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    with pytest.raises(CorpusError, match="read it, then give --accept-licence"):
        download(publications, tmp_path)
    assert publisher.requests == []


PROGRAM = """
import json, sys
from dataclasses import replace
from assistant.corpora.publications import PUBLICATIONS, Archive
host, archive = json.loads(sys.argv.pop())
PUBLICATIONS["ravdess"] = replace(
    PUBLICATIONS["ravdess"], host=host, archives=(Archive(*archive),)
)
from assistant.cli import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.slow
def test_ctrl_c_on_a_terminal_leaves_a_part_and_the_next_call_goes_on(zenodo, tmp_path):
    publisher, publications = zenodo
    archive = publications["ravdess"].archives[0]
    command = [
        sys.executable, "-c", PROGRAM, "corpus", "download", "ravdess", str(tmp_path),
        "--accept-licence", json.dumps([publisher.host, astuple(archive)]),
    ]  # fmt: skip
    publisher.cuts, publisher.holds = [10_000], True
    leader, terminal = pty.openpty()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=terminal)
    os.close(terminal)
    part = tmp_path / "Speech.zip.part"
    deadline = time.monotonic() + 20
    while not (part.exists() and part.stat().st_size == 10_000):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)  # while the publisher keeps silent
    out, _ = child.communicate(timeout=10)
    shown = os.read(leader, 65_536).decode()
    os.close(leader)
    assert child.returncode == 130
    assert out == b""
    assert "downloading" in shown
    assert "Traceback" not in shown
    assert part.stat().st_size == 10_000
    subprocess.run(command, check=True, capture_output=True)
    assert publisher.requests[-1][1] == "bytes=10000-"
    assert len(read_clips(tmp_path)) == 1
