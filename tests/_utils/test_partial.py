"""A file that grows in pieces: whole at the end, and never more than the note says."""

import json

import pytest

from skxpresso._utils.partial import PartialFile


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.tsv"


def names(path):
    return sorted(file.name for file in path.parent.iterdir())


def test_pieces_make_the_file(path):
    partial = PartialFile(path)
    partial.append(b"one\n", {"rows": 1})
    assert names(path) == ["a.tsv.part", "a.tsv.part.json"]
    partial.append(b"two\n", {"rows": 2})
    path.write_bytes(b"of an earlier run")
    partial.finish()
    assert path.read_bytes() == b"one\ntwo\n"
    assert names(path) == ["a.tsv"]


def test_nothing_to_go_on_with(path):
    partial = PartialFile(path)
    assert partial.read_note() is None
    partial.part.write_bytes(b"one")  # without a note nobody knows what it is
    assert partial.read_note() is None
    partial.append(b"two", {})
    partial.finish()
    assert path.read_bytes() == b"two"


@pytest.mark.parametrize("finish", [True, False])
@pytest.mark.parametrize("half", [b"", b"tw"])
def test_half_a_piece_is_cut_off(path, half, finish):
    killed = PartialFile(path)
    killed.append(b"one\n", {"rows": 1})
    killed.append(b"two\n", {"rows": 2})
    killed.part.write_bytes(b"one\n" + half)
    partial = PartialFile(path)
    assert partial.read_note() == {"rows": 1}
    if not finish:
        partial.append(b"two\n", {"rows": 2})
    partial.finish()
    assert path.read_bytes() == (b"one\n" if finish else b"one\ntwo\n")


@pytest.mark.parametrize(
    "note",
    [
        "",
        "[]",
        "{}",
        '{"bytes": 4, "content": {}}',
        '{"before": [0, null], "after": [-1, {}]}',
        '{"before": [0, null], "after": [4, 1]}',
    ],
)
def test_a_note_that_is_none(path, note):
    partial = PartialFile(path)
    partial.append(b"one\n", {"rows": 1})
    partial.note.write_text(note)
    with pytest.raises(ValueError, match=r"part\.json does not describe .*part; start over"):
        partial.read_note()


def test_a_part_shorter_than_the_note_says(path):
    partial = PartialFile(path)
    partial.append(b"one\n", {"rows": 1})
    partial.append(b"two\n", {"rows": 2})
    note = {"before": [4, {"rows": 1}], "after": [8, {"rows": 2}]}
    assert json.loads(partial.note.read_text()) == note
    partial.part.write_bytes(b"on")
    with pytest.raises(ValueError, match="start over"):
        partial.read_note()


def test_starting_over(path):
    PartialFile(path).append(b"one\n", {"rows": 1})
    partial = PartialFile(path)
    partial.append(b"2\n", {"rows": 3})
    partial.finish()
    assert path.read_bytes() == b"2\n"
    assert names(path) == ["a.tsv"]


def test_a_part_longer_than_the_note_says(path):
    partial = PartialFile(path)
    partial.append(b"one\n", {"rows": 1})
    with partial.part.open("ab") as file:
        file.write(b"t")
    with pytest.raises(ValueError, match="start over"):
        PartialFile(path).read_note()
    with pytest.raises(OSError, match="has 5 bytes, where 4 were written"):
        partial.finish()
    assert not path.exists()
