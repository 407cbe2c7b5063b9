"""Where corpora are published, and what is listed there."""

import json
from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from assistant.corpora.publications import PUBLICATIONS, published_files
from assistant.errors import CorpusError
from tests.corpora.publisher import serving

LISTING = "/api/datasets/:persistentId/?persistentId=doi:10.5683/SP2/E8H2MF"


def entry(label="OAF_back_angry.wav", checksum=("MD5", "0cc1"), **changed):
    """A file in the form of Dataverse's native API."""
    kind, digits = checksum
    stored = {
        "id": 120_001,
        "filename": label,
        "contentType": "audio/x-wav",
        "filesize": 86_636,
        "md5": digits,
        "checksum": {"type": kind, "value": digits},
    }
    return {"label": label, "restricted": False, "version": 1, "dataFile": stored} | changed


def listed(content):
    with serving(files={LISTING: content}) as publisher:
        return published_files(replace(PUBLICATIONS["tess"], host=publisher.host))


def with_files(*entries):
    files = {"data": {"id": 1, "latestVersion": {"files": list(entries)}}, "status": "OK"}
    return json.dumps(files).encode()


def test_ravdess_is_two_archives_at_zenodo_with_their_checksums():
    speech, song = published_files(PUBLICATIONS["ravdess"])
    assert speech.address == (
        "https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip?download=1"
    )
    assert (speech.name, speech.size) == ("Audio_Speech_Actors_01-24.zip", 208_468_073)
    assert speech.checksum == "md5:bc696df654c87fed845eb13823edef8a"
    assert (song.name, song.size) == ("Audio_Song_Actors_01-24.zip", 225_505_317)
    assert song.checksum == "md5:5411230427d67a21e18aa4d466e6d1b9"


def test_every_publication_says_what_it_demands_and_where_it_is():
    assert {name: each.licence.split(",")[0] for name, each in PUBLICATIONS.items()} == {
        "ravdess": "CC BY-NC-SA 4.0",
        "tess": "CC BY-NC-ND 4.0",
    }
    assert "10.1371/journal.pone.0196391" in PUBLICATIONS["ravdess"].citation
    assert "10.5683/SP2/E8H2MF" in PUBLICATIONS["tess"].citation
    for each in PUBLICATIONS.values():
        assert urlsplit(each.host).scheme == urlsplit(each.page).scheme == "https"


def test_the_files_of_tess_are_asked_for():
    in_folder = entry("YAF_dog_ps.wav", ("SHA-1", "ab12"), directoryLabel="YAF/surprised")
    with serving(files={LISTING: with_files(entry(), in_folder)}) as publisher:
        first, second = published_files(replace(PUBLICATIONS["tess"], host=publisher.host))
    assert first.address == f"{publisher.host}/api/access/datafile/120001"
    assert (first.name, first.size) == ("OAF_back_angry.wav", 86_636)
    assert first.checksum == "md5:0cc1"
    assert (second.name, second.checksum) == ("YAF/surprised/YAF_dog_ps.wav", "sha1:ab12")


@pytest.mark.parametrize(
    "content",
    [
        b"<html>maintenance</html>",
        b"[]",
        b'"OK"',
        b'{"status": "ERROR"}',
        with_files(),
        with_files({"label": "a.wav"}),
        with_files(entry(checksum=(None, "00"))),
    ],
    ids=["page", "list", "text", "error", "empty", "bare", "unchecked"],
)
def test_another_answer_than_a_list_is_refused(content):
    with pytest.raises(CorpusError, match="gives no list of files that is understood"):
        listed(content)


def test_a_listed_path_that_leads_elsewhere_is_refused():
    with pytest.raises(CorpusError, match="leads elsewhere"):
        listed(with_files(entry("../../.profile")))


def test_a_publisher_that_is_busy_says_so_at_once():
    with (
        serving(refusals=[(503, {})]) as publisher,
        pytest.raises(CorpusError, match="answers 503 Service Unavailable"),
    ):
        published_files(replace(PUBLICATIONS["tess"], host=publisher.host))
    assert len(publisher.requests) == 1
