"""Corpora that can be downloaded: where they are published, and on what terms.

The addresses are not yet verified against the live publishers. Zenodo's sizes and MD5s are
those that several independent users of record 1188976 give; Dataverse's are asked for when
downloading, by its documented native API.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.corpora.fetching import RemoteFile
from assistant.corpora.unpacking import path_below
from assistant.corpora.web import chunks, opened, retried
from assistant.errors import CorpusError


@dataclass(frozen=True)
class Archive:
    """A ZIP file at an address that does not change."""

    name: str
    size: int
    """Bytes."""
    md5: str


@dataclass(frozen=True)
class Publication:
    """A corpus at its publisher."""

    title: str
    licence: str
    """Name and address."""
    citation: str
    page: str
    """Where a person finds it."""
    host: str
    """Scheme and host, such as ``https://zenodo.org``."""
    record: str
    """Number of the Zenodo record, or persistent identifier in Dataverse."""
    archives: tuple[Archive, ...] = ()
    """The ZIP files of a Zenodo record; empty for Dataverse, which lists its files."""


PUBLICATIONS: Mapping[str, Publication] = {
    "ravdess": Publication(
        title="RAVDESS, Ryerson Audio-Visual Database of Emotional Speech and Song",
        licence="CC BY-NC-SA 4.0, https://creativecommons.org/licenses/by-nc-sa/4.0/",
        citation=(
            "S. R. Livingstone, F. A. Russo 2018, PLoS ONE 13(5): e0196391, "
            "https://doi.org/10.1371/journal.pone.0196391"
        ),
        page="https://doi.org/10.5281/zenodo.1188976",
        host="https://zenodo.org",
        record="1188976",
        archives=(
            Archive(
                "Audio_Speech_Actors_01-24.zip",
                208_468_073,
                "bc696df654c87fed845eb13823edef8a",
            ),
            Archive(
                "Audio_Song_Actors_01-24.zip", 225_505_317, "5411230427d67a21e18aa4d466e6d1b9"
            ),
        ),
    ),
    "tess": Publication(
        title="TESS, Toronto emotional speech set",
        licence="CC BY-NC-ND 4.0, https://creativecommons.org/licenses/by-nc-nd/4.0/",
        citation=(
            "M. K. Pichora-Fuller, K. Dupuis 2020, Borealis, https://doi.org/10.5683/SP2/E8H2MF"
        ),
        page="https://doi.org/10.5683/SP2/E8H2MF",
        host="https://borealisdata.ca",
        record="doi:10.5683/SP2/E8H2MF",
    ),
}
"""By the name that is given on the command line."""


def published_files(publication: Publication) -> tuple[RemoteFile, ...]:
    """Return all files of a publication; asks the publisher where they are not known.

    Raises:
        CorpusError: the publisher does not answer, or not with a list of files.
    """
    if publication.archives:
        records = f"{publication.host}/records/{publication.record}/files"
        return tuple(
            RemoteFile(
                f"{records}/{each.name}?download=1", each.name, each.size, f"md5:{each.md5}"
            )
            for each in publication.archives
        )
    address = (
        f"{publication.host}/api/datasets/:persistentId/?persistentId={publication.record}"
    )
    try:
        listing = json.loads(retried(lambda: _content(address), pauses_s=()))
        entries = listing["data"]["latestVersion"]["files"]
        if not entries:
            raise ValueError("no files")
        return tuple(_dataverse_file(publication.host, entry) for entry in entries)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise CorpusError(f"{address} gives no list of files that is understood") from error


def _content(address: str) -> bytes:
    with opened(address) as response:
        return b"".join(chunks(response))


def _dataverse_file(host: str, entry: Mapping[str, Any]) -> RemoteFile:
    """Return a file as Dataverse's native API lists it (guides.dataverse.org, Native API)."""
    stored = entry["dataFile"]
    checksum = stored["checksum"]
    return RemoteFile(
        address=f"{host}/api/access/datafile/{int(stored['id'])}",
        name=str(path_below(f"{entry.get('directoryLabel', '')}/{entry['label']}".lstrip("/"))),
        size=int(stored["filesize"]),
        checksum=f"{checksum['type'].replace('-', '').lower()}:{checksum['value']}",
    )
