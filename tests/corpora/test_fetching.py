"""One file over HTTP: whole, cut, resumed, wrong, refused."""

import hashlib
import resource
import socket

import pytest

from assistant.corpora.fetching import RemoteFile, fetch
from assistant.errors import CorpusError
from tests.corpora.publisher import ETAG, serving

CONTENT = bytes(range(256)) * 4_000  # 1 MB: several chunks


def described(publisher, content=CONTENT, name="clips/a.wav", **changed):
    fields = {
        "address": f"{publisher.host}/a",
        "name": name,
        "size": len(content),
        "checksum": f"md5:{hashlib.md5(content).hexdigest()}",
    }
    return RemoteFile(**fields | changed)


@pytest.fixture
def publisher():
    with serving(files={"/a": CONTENT}) as publisher:
        yield publisher


@pytest.fixture
def pauses():
    """Waited for by nobody: the seconds are noted."""
    return []


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_a_file_comes_whole_and_is_all_that_is_left(publisher, tmp_path):
    counts = []
    assert fetch(described(publisher), tmp_path, counts.append) is True
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT
    assert names(tmp_path) == ["a.wav"]
    assert counts == sorted(counts)
    assert (counts[0], counts[-1]) == (0, len(CONTENT))
    assert len(counts) > 3


def test_a_file_that_is_there_is_not_asked_for(publisher, tmp_path):
    fetch(described(publisher), tmp_path)
    counts = []
    assert fetch(described(publisher), tmp_path, counts.append) is False
    assert counts == [len(CONTENT)]
    assert len(publisher.requests) == 1


def test_another_file_of_that_name_is_left_alone(publisher, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"mine")
    with pytest.raises(CorpusError, match=r"a\.wav is not the published file; move it away"):
        fetch(described(publisher, name="a.wav"), tmp_path)
    assert (tmp_path / "a.wav").read_bytes() == b"mine"


def test_a_cut_connection_is_continued_where_it_was(publisher, pauses, tmp_path):
    publisher.cuts = [300_000, 400_000]
    assert fetch(described(publisher), tmp_path, wait=pauses.append)
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT
    asked = [(start, version) for _, start, version in publisher.requests]
    assert asked == [(None, None), ("bytes=300000-", ETAG), ("bytes=700000-", ETAG)]
    assert pauses == [1.0, 4.0]


def test_a_line_that_breaks_is_continued(publisher, pauses, tmp_path):
    publisher.cuts, publisher.resets = [600_000], True
    assert fetch(described(publisher), tmp_path, wait=pauses.append)
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT
    assert pauses == [1.0]


def test_a_connection_that_is_cut_each_time_is_one_error_and_goes_on_later(
    publisher, pauses, tmp_path
):
    publisher.cuts = [1_000] * 4
    with pytest.raises(CorpusError, match="ended after 4000 of 1024000 bytes"):
        fetch(described(publisher), tmp_path, wait=pauses.append)
    assert pauses == [1.0, 4.0, 10.0]
    assert names(tmp_path) == ["a.wav.part", "a.wav.part.version"]
    assert fetch(described(publisher), tmp_path)
    assert publisher.requests[-1][1] == "bytes=4000-"
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT


def test_an_interruption_leaves_a_part_that_is_continued(publisher, tmp_path):
    def interrupt(n_bytes):
        if n_bytes > 200_000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(described(publisher), tmp_path, interrupt)
    held = (tmp_path / "clips/a.wav.part").stat().st_size
    assert 200_000 < held < len(CONTENT)
    counts = []
    fetch(described(publisher), tmp_path, counts.append)
    assert counts[0] == held
    assert publisher.requests[-1][1] == f"bytes={held}-"
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT


def test_a_server_without_ranges_sends_it_all_again(publisher, pauses, tmp_path):
    publisher.has_ranges, publisher.cuts = False, [300_000]
    fetch(described(publisher), tmp_path, wait=pauses.append)
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT


def test_a_version_that_has_changed_is_not_appended_to_the_old_one(publisher, tmp_path):
    publisher.files["/a"], publisher.cuts = b"old" * 100_000, [1_000] * 4
    old = described(publisher, b"old" * 100_000)
    with pytest.raises(CorpusError):
        fetch(old, tmp_path, wait=[].append)
    publisher.files["/a"], publisher.headers = CONTENT, {"ETag": '"second"'}
    fetch(described(publisher), tmp_path)
    assert publisher.requests[-1][1:] == ("bytes=4000-", ETAG)
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("headers", "version"),
    [
        ({"ETag": 'W/"weak"', "Last-Modified": "Mon, 02 Mar 2020 10:00:00 GMT"},
         "Mon, 02 Mar 2020 10:00:00 GMT"),
        ({"ETag": 'W/"weak"'}, None),
        ({}, None),
    ],
    ids=["date", "weak", "none"],
)  # fmt: skip
def test_only_what_surely_is_the_same_version_is_continued(
    publisher, tmp_path, headers, version
):
    publisher.headers, publisher.cuts = headers, [300_000]
    fetch(described(publisher), tmp_path, wait=[].append)
    assert publisher.requests[1][2] == version
    assert (publisher.requests[1][1] is None) == (version is None)
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT


def test_a_server_that_sends_another_part_is_asked_for_all(publisher, tmp_path):
    publisher.wrong_range, publisher.cuts = True, [300_000]
    fetch(described(publisher), tmp_path, wait=[].append)
    assert [start for _, start, _ in publisher.requests] == [None, "bytes=300000-", None]
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT


def test_a_refused_range_begins_again(publisher, tmp_path):
    publisher.cuts = [300_000]
    refusals = iter([(416, {})])

    def wait(pause_s):
        publisher.refusals.extend(refusals)

    fetch(described(publisher), tmp_path, wait=wait)
    assert [start for _, start, _ in publisher.requests] == [None, "bytes=300000-", None]
    assert (tmp_path / "clips/a.wav").read_bytes() == CONTENT


def test_what_came_whole_but_was_not_yet_named_is_not_fetched_again(publisher, tmp_path):
    (tmp_path / "a.wav.part").write_bytes(CONTENT)
    assert fetch(described(publisher, name="a.wav"), tmp_path)
    assert publisher.requests == []
    assert names(tmp_path) == ["a.wav"]


@pytest.mark.parametrize("tells_length", [True, False])
def test_a_wrong_checksum_is_refused_and_nothing_is_left(publisher, tmp_path, tells_length):
    publisher.tells_length = tells_length
    wrong = described(publisher, checksum="md5:" + "0" * 32)
    with pytest.raises(
        CorpusError, match=r"without its checksum, md5:0+; what came was removed"
    ):
        fetch(wrong, tmp_path)
    assert names(tmp_path) == []


def test_any_usual_checksum_is_understood_and_others_are_refused(publisher, tmp_path):
    sha = described(publisher, checksum=f"sha256:{hashlib.sha256(CONTENT).hexdigest().upper()}")
    assert fetch(sha, tmp_path)
    with pytest.raises(CorpusError, match="checksum of unknown kind, crc7"):
        fetch(described(publisher, checksum="crc7:00"), tmp_path)


def test_a_page_instead_of_the_file_is_refused(publisher, tmp_path):
    publisher.files["/a"] = b"<html>log in</html>"
    with pytest.raises(CorpusError, match="gives 19 bytes; published are 1024000"):
        fetch(described(publisher), tmp_path)


def test_an_answer_without_length_may_be_too_long(publisher, tmp_path):
    publisher.tells_length = False
    with pytest.raises(CorpusError, match="without its checksum"):
        fetch(described(publisher, CONTENT[:-1]), tmp_path)
    assert names(tmp_path) == []


def test_an_address_without_the_file_is_named_at_once(publisher, pauses, tmp_path):
    missing = described(publisher, address=f"{publisher.host}/b")
    with pytest.raises(CorpusError, match=r"http://127\.0\.0\.1:\d+/b answers 404 Not Found"):
        fetch(missing, tmp_path, wait=pauses.append)
    assert pauses == []


def test_a_busy_server_is_given_the_time_it_asks_for(publisher, pauses, tmp_path):
    publisher.refusals = [
        (429, {"Retry-After": "30"}),
        (503, {"Retry-After": "99999"}),
        (502, {"Retry-After": "Mon, 02 Mar 2020 10:00:00 GMT"}),
    ]
    assert fetch(described(publisher), tmp_path, wait=pauses.append)
    assert pauses == [30.0, 120.0, 10.0]


def test_without_a_network_it_says_so_after_a_few_tries(publisher, pauses, tmp_path):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # taken, and nobody listens
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}/a"
        with pytest.raises(CorpusError, match=r"cannot be reached \(Connection refused\)"):
            fetch(described(publisher, address=address), tmp_path, wait=pauses.append)
    assert len(pauses) == 3


def test_a_disk_that_takes_no_more_is_named_and_the_part_stays(publisher, tmp_path):
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        with pytest.raises(CorpusError, match=r"cannot be written \(File too large\); free"):
            fetch(described(publisher), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == ["a.wav.part", "a.wav.part.version"]
    assert fetch(described(publisher), tmp_path)
    assert publisher.requests[-1][1] == "bytes=300000-"


def test_a_folder_that_is_a_file_is_named(publisher, tmp_path):
    (tmp_path / "clips").write_text("a file")
    with pytest.raises(CorpusError, match="cannot be written"):
        fetch(described(publisher), tmp_path)
