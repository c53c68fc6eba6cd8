"""What kills, full disks and worn disks do to a journal."""

import errno
import os
import threading
from pathlib import Path

import pytest

from infra.faiss.errors import Corrupt
from infra.faiss.journal import HEAD_SIZE, Journal

PAYLOADS = [b"first", b"", b"the third record" * 20]


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    """With three records."""
    made = Journal(tmp_path)
    made.create(b"")
    for payload in PAYLOADS:
        made.append(payload)
    return made


def content(journal: Journal) -> list[bytes]:
    end = journal.committed()
    assert end is not None
    return list(journal.payloads(0, end))


def test_records_are_read_on_from_any_of_them(journal: Journal) -> None:
    assert content(journal) == PAYLOADS
    end = journal.committed()
    assert end is not None
    assert list(journal.payloads(HEAD_SIZE + len(PAYLOADS[0]), end)) == PAYLOADS[1:]
    assert list(journal.payloads(end, end)) == []


def test_a_record_that_was_torn_anywhere_is_cut_off(journal: Journal, tmp_path: Path) -> None:
    valid = (tmp_path / "journal").read_bytes()
    end = journal.committed()
    journal.append(b"torn")
    whole = (tmp_path / "journal").read_bytes()
    for size in range(len(valid), len(whole)):
        for tail in (0, 5, len(whole)):
            (tmp_path / "journal").write_bytes((whole[:size] + b"\0" * tail)[: len(whole)])
            rewind(tmp_path, end)
            assert journal.repair() == len(valid)
            assert (tmp_path / "journal").read_bytes() == valid
            assert content(journal) == PAYLOADS


def rewind(folder: Path, end: int | None) -> None:
    """Set the mark to where it was."""
    assert end is not None
    kept = (folder / "journal").read_bytes()
    Journal(folder).create(kept[:end])
    (folder / "journal").write_bytes(kept)


def test_a_whole_record_behind_the_mark_is_kept(journal: Journal, tmp_path: Path) -> None:
    end = journal.committed()
    journal.append(b"fourth")
    rewind(tmp_path, end)
    assert content(journal) == PAYLOADS
    journal.append(b"fifth")
    assert content(journal) == [*PAYLOADS, b"fourth", b"fifth"]


@pytest.mark.parametrize("mark", [b"", b"\0" * 12, b"x" * 12, b"x" * 5])
def test_a_lost_mark_is_found_again(journal: Journal, tmp_path: Path, mark: bytes) -> None:
    (tmp_path / "committed").write_bytes(mark)
    assert journal.committed() is None
    journal.repair()
    assert content(journal) == PAYLOADS


def test_a_broken_record_before_the_last_is_no_torn_one(journal: Journal, tmp_path: Path) -> None:
    data = bytearray((tmp_path / "journal").read_bytes())
    data[HEAD_SIZE] ^= 1
    (tmp_path / "journal").write_bytes(data)
    with pytest.raises(Corrupt, match="footnote db rebuild-index"):
        content(journal)
    (tmp_path / "committed").write_bytes(b"")
    with pytest.raises(Corrupt, match="checksums"):
        journal.repair()
    assert (tmp_path / "journal").read_bytes() == data


def test_a_journal_that_lost_its_end_is_told(journal: Journal, tmp_path: Path) -> None:
    os.truncate(tmp_path / "journal", 30)
    for call in (lambda: content(journal), journal.repair, lambda: journal.append(b"more")):
        with pytest.raises(Corrupt, match="shorter"):
            call()


@pytest.mark.parametrize("name", ["fsync", "pwrite"])
def test_a_write_that_fails_leaves_nothing(journal: Journal, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real = os.pwrite

    def fails(descriptor: int, *arguments: object) -> int:
        if name == "pwrite" and len(arguments[0]) > 12:  # type: ignore[arg-type]
            real(descriptor, arguments[0][:9], arguments[1])  # type: ignore[index, arg-type]
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, name, fails)
        with pytest.raises(OSError, match="No space left"):
            journal.append(b"never")
    assert content(journal) == PAYLOADS
    journal.append(b"later")
    assert content(journal) == [*PAYLOADS, b"later"]


def test_a_reader_never_sees_half_a_record(journal: Journal) -> None:
    done = threading.Event()

    def write() -> None:
        for number in range(200):
            journal.append(b"%d" % number * 1_000)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        found = content(journal)
        assert found[3:] == [b"%d" % number * 1_000 for number in range(len(found) - 3)]
    writer.join()
    assert len(content(journal)) == 203
