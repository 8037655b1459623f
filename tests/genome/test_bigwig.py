"""bigWig: what pybigtools prints and forgets is an error, and nothing is printed."""

import pytest

pytest.importorskip("pybigtools")

from skxpresso.genome.bigwig import write_intervals

LENGTHS = {"chr1": 100, "chr2": 50}


def test_an_error_of_the_values_is_raised_and_nothing_is_left(tmp_path, capfd):
    def rows():
        yield "chr1", 0, 10, 1.0
        raise ZeroDivisionError("of ours")

    with pytest.raises(ZeroDivisionError, match="of ours"):
        write_intervals(tmp_path / "a.bw", rows(), LENGTHS)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["a.bw", "a.bedgraph"])
@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("chr1", 30, 40, 1.0), ("chr1", 20, 30, 1.0)], "got 20-30 where 40 was reached"),
        ([("chr1", 90, 101, 1.0)], "end at 100 at most on 'chr1'; got 90-101"),
        ([("chr2", 0, 1, 1.0), ("chr1", 0, 1, 1.0)], "got 'chr1' after 'chr2'"),
        ([("chr3", 0, 1, 1.0)], "got 'chr3' after None"),
        ([], "there is no value to write"),
    ],
)
def test_intervals_out_of_order_are_refused(tmp_path, capfd, name, rows, message):
    with pytest.raises(ValueError, match=message):
        write_intervals(tmp_path / name, rows, LENGTHS)
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_a_file_that_pybigtools_did_not_finish_is_refused(tmp_path, monkeypatch):
    """It prints a full disk on another thread's account, and returns as if all were well."""
    import pybigtools

    class Broken:
        def __init__(self, name):
            self.name = name

        def write(self, lengths, rows):
            kept = list(rows)[:-1]
            opened(self.name, "w").write(lengths, kept)

    opened = pybigtools.open
    monkeypatch.setattr(
        pybigtools, "open", lambda name, mode="r": Broken(name) if mode == "w" else opened(name)
    )
    rows = [("chr1", i, i + 1, 1.0) for i in range(20)]
    with pytest.raises(OSError, match=r"a\.bw cannot be written; is the disk full\?"):
        write_intervals(tmp_path / "a.bw", rows, LENGTHS)
    assert list(tmp_path.iterdir()) == []
