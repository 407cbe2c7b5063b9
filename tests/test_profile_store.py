"""Voices on disk: private, whole, and never in the way."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.errors import ProfileError
from assistant.profile_store import ProfileStore, default_folder
from assistant.profiles import Correction, Impression, VoiceProfile
from tests.fakes import estimate

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
CORRECTION = Correction.of(
    Impression(estimate("happy"), (0.1, -2.5, 1 / 3), (0.125,) * 8, "ab"), "sad", NOON
)
NEUTRAL = (2.25, 1 / 3, 0.0, -1.0, -2.0, -3.0, -4.0, -5.0)
ANNA = VoiceProfile("anna", NEUTRAL, "0123", NOON.isoformat(), 3, (CORRECTION,))


@pytest.fixture
def store(tmp_path):
    return ProfileStore(tmp_path / "data" / "voices")


def put(profile):
    return lambda before: profile


def test_a_profile_comes_back_as_it_went(store):
    assert store.change("anna", put(ANNA)) == ANNA
    assert store.read("anna") == ANNA


def test_voices_lie_in_the_folder_for_a_persons_data(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "tonewise" / "voices"
    assert ProfileStore().folder == default_folder()


def test_only_the_owner_may_look(store):
    store.folder.mkdir(parents=True, mode=0o755)
    before = os.umask(0)
    try:
        store.change("anna", put(ANNA))
    finally:
        os.umask(before)
    assert store.folder.stat().st_mode & 0o777 == 0o700
    assert (store.folder / "anna.json").stat().st_mode & 0o777 == 0o600


def test_no_sound_is_kept_and_the_file_is_small(store):
    store.change("anna", put(ANNA))
    fields = json.loads((store.folder / "anna.json").read_text())
    assert set(fields) == {
        "schema_version", "name", "neutral_logits", "model", "enrolled", "n_sentences",
        "corrections",
    }  # fmt: skip
    assert set(fields["corrections"][0]) == {
        "label", "heard", "time", "features", "probabilities", "model",
    }  # fmt: skip


def test_a_change_is_given_what_there_was(store):
    seen = []
    store.change("anna", lambda before: seen.append(before) or ANNA)
    store.change("anna", lambda before: seen.append(before) or replace(ANNA, n_sentences=5))
    assert seen == [None, ANNA]
    assert store.read("anna").n_sentences == 5
    assert os.listdir(store.folder) == ["anna.json"]


def test_a_change_that_fails_leaves_everything_as_it_was(store):
    def interrupted(before):
        raise KeyboardInterrupt

    store.change("anna", put(ANNA))
    for name in ("anna", "ben"):
        with pytest.raises(KeyboardInterrupt):
            store.change(name, interrupted)
    assert store.names() == ("anna",)
    assert store.read("anna") == ANNA


def test_a_draft_that_was_left_behind_is_no_obstacle(store):
    store.folder.mkdir(parents=True)
    (store.folder / "anna.new").write_text("{")
    (store.folder / "anna.new").chmod(0o644)
    assert store.names() == ()
    store.change("anna", put(ANNA))
    assert store.read("anna") == ANNA
    assert (store.folder / "anna.json").stat().st_mode & 0o777 == 0o600


def test_names_are_in_order_and_there_may_be_none(store):
    assert store.names() == ()
    for name in ("ben", "anna", "Zoë"):
        store.change(name, put(replace(ANNA, name=name)))
    assert store.names() == ("Zoë", "anna", "ben")


def test_what_is_deleted_is_gone(store):
    store.change("anna", put(ANNA))
    store.delete("anna")
    assert os.listdir(store.folder) == []
    for gone in (store.read, store.delete):
        with pytest.raises(ProfileError, match="there is no voice profile anna; `tonewise"):
            gone("anna")


def test_a_draft_that_a_killed_program_left_is_deleted_too(store):
    store.change("anna", put(ANNA))
    (store.folder / "anna.new").write_text("{")
    store.delete("anna")
    assert list(store.folder.iterdir()) == []


def test_what_never_was_cannot_be_deleted(store):
    with pytest.raises(ProfileError, match="there is no voice profile anna"):
        store.delete("anna")


@pytest.mark.parametrize("name", ["../anna", "/etc/passwd", "", "a.b"])
def test_a_name_never_leaves_the_folder(store, name):
    for use in (store.read, store.delete, lambda name: store.change(name, put(ANNA))):
        with pytest.raises(ProfileError, match="cannot name a voice"):
            use(name)
    assert not store.folder.exists()


def damaged(**changes):
    store = ProfileStore(Path(changes.pop("folder")))
    store.change("anna", put(ANNA))
    path = store.folder / "anna.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return store


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"3", b"null", b"\xff\xfe", b"[" * 100_000]
)
def test_a_damaged_file_is_refused_in_one_line_and_can_be_deleted(store, content):
    store.folder.mkdir(parents=True)
    (store.folder / "anna.json").write_bytes(content)
    with pytest.raises(ProfileError, match=r"anna is damaged .*: tonewise enroll --delete"):
        store.read("anna")
    with pytest.raises(ProfileError, match="damaged"):
        store.change("anna", put(ANNA))
    store.delete("anna")
    assert store.names() == ()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"neutral_logits": [1, "2"]}, r"damaged \(VoiceProfile.neutral_logits\[1\]: exp"),
        ({"neutral_logits": [float("nan")] * 8}, "finite"),
        ({"corrections": [{}]}, r"corrections\[0\].label: missing"),
        ({"corrections": [{**CORRECTION.__dict__, "label": "bored"}]}, "names 'bored'"),
        ({"name": "ben"}, "it is that of ben"),
        ({"secret": "x" * 1000}, "has no field 'secret'"),
        ({"name": "x" * 1000}, "damaged"),
        ({"schema_version": 2}, "version 2, this program reads 1; install the Tonewise that"),
        ({"schema_version": None}, "version None"),
    ],
)
def test_a_file_with_a_wrong_value_is_refused_in_one_line(tmp_path, changes, message):
    with pytest.raises(ProfileError, match=message) as refusal:
        damaged(folder=tmp_path, **changes).read("anna")
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 220


def test_a_folder_that_cannot_be_used_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    store = ProfileStore(tmp_path / "file")
    for use in (
        store.names,
        lambda: store.read("anna"),
        lambda: store.delete("anna"),
        lambda: store.change("anna", put(ANNA)),
    ):
        with pytest.raises(ProfileError, match=r"file.*: cannot be \w+: "):
            use()


@pytest.mark.slow
def test_programs_that_correct_at_once_lose_nothing(store):
    program = (
        "import sys\n"
        "from pathlib import Path\n"
        "from assistant.profile_store import ProfileStore\n"
        "from assistant.profiles import Correction, VoiceProfile\n"
        "store = ProfileStore(Path(sys.argv[2]))\n"
        "for number in range(10):\n"
        "    features = (float(sys.argv[1]), number + 0.5)\n"
        "    new = Correction('sad', 'calm', '', features, (0.125,) * 8, '')\n"
        "    store.change(\n"
        "        'anna', lambda was: (was or VoiceProfile('anna')).with_corrections(new)\n"
        "    )\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", program, number, str(store.folder)])
        for number in "1234"
    ]
    assert [process.wait(60) for process in running] == [0] * 4
    assert len(store.read("anna").corrections) == 40
