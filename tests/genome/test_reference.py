"""Sequence from FASTA through an index, whatever its letters, its packing, its place."""

import gzip
import os
import pickle

import numpy as np
import pysam
import pytest

from skxpresso.genome import Genome
from skxpresso.genome.chromosomes import match_chromosomes, names_told


@pytest.mark.parametrize("packing", ["plain", "bgzip", "gzip"])
def test_fetch(tmp_path, letters, packing, monkeypatch):
    monkeypatch.setenv("SKXPRESSO_DATA", str(tmp_path / "cache"))
    path = tmp_path / "genome.fa"
    path.write_text(f">one\n{letters[:60]}\n{letters[60:100]}\n>two\nacgtryn\n")
    if packing == "bgzip":
        pysam.tabix_compress(str(path), f"{path}.gz")
        genome = Genome(f"{path}.gz")
    elif packing == "gzip":
        (tmp_path / "genome.fa.gz").write_bytes(gzip.compress(path.read_bytes()))
        with pytest.warns(UserWarning, match="plain gzip"):
            genome = Genome(tmp_path / "genome.fa.gz")
    else:
        genome = Genome(path)
    assert genome.lengths == {"one": 100, "two": 7}
    assert genome.fetch("one", 55, 65) == letters[55:65]
    assert genome.fetch("one", -3, 2) == "NNN" + letters[:2]
    assert genome.fetch("one", 98, 103) == letters[98:100] + "NNN"
    assert genome.fetch("one", 200, 203) == "NNN"
    assert genome.fetch("one", -9, -5) == "NNNN"
    assert genome.fetch("two", 0, 7) == "ACGTRYN"
    np.testing.assert_array_equal(genome.codes("two", 0, 7), [0, 1, 2, 3, 4, 4, 4])
    assert pickle.loads(pickle.dumps(genome)).fetch("one", 55, 65) == letters[55:65]
    with pytest.raises(ValueError, match="no chromosome 'three'; it has one, two"):
        genome.fetch("three", 0, 1)


def test_index_is_made_again_for_a_newer_file(tmp_path):
    path = tmp_path / "genome.fa"
    path.write_text(">a\nACGT\n")
    assert Genome(path).lengths == {"a": 4}
    path.write_text(">b\nACGTACGT\n")
    index = tmp_path / "genome.fa.fai"
    old = path.stat().st_mtime - 10
    import os

    os.utime(index, (old, old))
    assert Genome(path).lengths == {"b": 8}


def test_index_goes_to_the_cache_where_it_cannot_stand_beside(tmp_path, monkeypatch):
    monkeypatch.setenv("SKXPRESSO_DATA", str(tmp_path / "cache"))
    monkeypatch.setattr("skxpresso.genome.reference.os.access", lambda *_: False)
    path = tmp_path / "genome.fa"
    path.write_text(">a\nACGT\n")
    assert Genome(path).fetch("a", 1, 3) == "CG"
    assert not (tmp_path / "genome.fa.fai").exists()
    assert len(list((tmp_path / "cache").rglob("*.fai"))) == 1


def test_bad_files(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no FASTA file"):
        Genome(tmp_path / "nothing.fa")
    path = tmp_path / "genome.fa"
    path.write_text("ACGT\n")
    with pytest.raises(ValueError, match="cannot be indexed as FASTA|no FASTA record"):
        Genome(path)
    path.write_text(">a\n" + "ACGT" * 1000)
    pysam.tabix_compress(str(path), f"{path}.gz")
    packed = (tmp_path / "genome.fa.gz").read_bytes()
    (tmp_path / "cut.fa.gz").write_bytes(packed[:-30])
    with pytest.raises(
        ValueError, match=r"truncated: bgzip's last block is missing after [\d,]+ bytes"
    ):
        Genome(tmp_path / "cut.fa.gz")
    with pytest.raises(ValueError, match="offsets names 'b'"):
        Genome(path, offsets={"b": 3})


def match(wanted, known, **options):
    return match_chromosomes(wanted, known, wanted_in="ONE", known_in="TWO", **options)


def test_names_that_are_the_same_are_matched_in_silence():
    assert match(["1", "2"], ["2", "1", "3"]) == {"1": "1", "2": "2"}


@pytest.mark.parametrize(
    ("wanted", "known"),
    [
        (["1", "X", "MT"], ["chr1", "chrX", "chrM"]),
        (["NC_000001.11", "NC_000023.11", "NC_012920.1"], ["1", "X", "MT"]),
        (["chr1", "chr19", "chrX"], ["NC_000067.7", "NC_000085.7", "NC_000086.8"]),
        (["chrI", "chrXVI", "chrmt"], ["I", "XVI", "Mito"]),
    ],
)
def test_names_are_matched_aloud(wanted, known):
    with pytest.warns(UserWarning, match="other names in TWO; they were matched"):
        assert match(wanted, known) == dict(zip(wanted, known, strict=True))


def test_the_files_own_aliases_count():
    aliases = {"NC_001133.9": ["I"]}
    with pytest.warns(UserWarning, match="NC_001133.9 is chrI"):
        assert match(["NC_001133.9"], ["chrI"], aliases=aliases) == {"NC_001133.9": "chrI"}


def test_a_scaffold_called_after_its_chromosome_does_not_stand_in_its_way():
    """RefSeq's scaffolds tell the name 1, too; what a name says itself goes first."""
    told = {"NC_000001.11": ["1"], "NT_187361.1": ["1"]}
    with pytest.warns(UserWarning, match=r"NC_000001.11 is chr1$"):
        assert match(list(told)[::-1], ["chr1"], aliases=told) == {"NC_000001.11": "chr1"}
    with pytest.warns(UserWarning, match=r"chr1 is NC_000001.11$"):
        assert match(["chr1"], list(told), known_aliases=told) == {"chr1": "NC_000001.11"}


@pytest.mark.parametrize(
    ("header", "names"),
    [
        ("chr1 1", ["1"]),
        ("I", []),
        ("NC_000001.11 Homo sapiens chromosome 1, GRCh38.p14 Primary Assembly", ["1"]),
        ("NT_187361.1 Homo sapiens chromosome 1 unlocalized genomic scaffold, GRCh38.p14", []),
        ("NC_004354.4 Drosophila melanogaster chromosome X", ["X"]),
        (
            "NC_001224.1 Saccharomyces cerevisiae S288c mitochondrion, complete genome",
            ["mitochondrion"],
        ),
        ("ref|NC_001133| [org=Saccharomyces cerevisiae] [moltype=genomic] [chromosome=I]", ["I"]),
        ("I dna:chromosome chromosome:R64-1-1:I:1:230218:1 REF", []),
    ],
)
def test_names_that_headers_tell(header, names):
    assert names_told(header) == names


def test_every_reader_of_places_knows_what_headers_tell(tmp_path, letters):
    path = tmp_path / "genome.fa"
    path.write_text(f">NC_001133.9 Saccharomyces cerevisiae chromosome I, complete\n{letters}\n")
    with pytest.warns(UserWarning, match="chrI is NC_001133.9"):
        assert Genome(path).named(["chrI"], "region") == {"chrI": "NC_001133.9"}


def test_names_that_fit_nowhere_or_twice():
    with pytest.raises(ValueError, match=r"ONE \('a', 'b'\) is one of TWO \('c'\)"):
        match(["a", "b"], ["c"])
    with pytest.raises(ValueError, match="'1' of ONE may be any of 'Chr1', 'chr1'"):
        match(["1"], ["Chr1", "chr1"])
    with pytest.raises(ValueError, match="'chr1' and '1' of ONE may both be 'NC_000001.11'"):
        match(["chr1", "1"], ["NC_000001.11"])
    with pytest.raises(ValueError, match="may both|is one of"):
        match(["1", "Chr1"], ["chr1"])


def test_an_index_of_another_file_is_refused(tmp_path, letters):
    path = tmp_path / "genome.fa"
    path.write_text(f">one\n{letters[:60]}\n>two\n{letters[60:120]}\n")
    assert Genome(path).fetch("two", 0, 9) == letters[60:69]
    index = tmp_path / "genome.fa.fai"
    path.write_text(f">one\n{letters[:50]}\n>two\n{letters[60:120]}\n")
    os.utime(index, (4e9, 4e9))  # newer than the file, as where that was copied with its time
    with pytest.raises(ValueError, match=r"fai is not the index of .*, where it has 'one'; remove"):
        Genome(path)
    index.write_text("one\t9\t5\t60\t61\ntwo\t60\t61\t60\t61\n")  # the first is too short
    os.utime(index, (4e9, 4e9))
    with pytest.raises(ValueError, match=r"fai is not the index of .*, where it has 'one'; remove"):
        Genome(path)
    index.write_text("one\tx\n")
    os.utime(index, (4e9, 4e9))
    with pytest.raises(ValueError, match=r"if its index .*\.fai is not of it, or damaged, remove"):
        Genome(path)
    index.unlink()
    assert Genome(path).fetch("two", 0, 9) == letters[60:69]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (">a\nACGT\n>b\nAC\n>a\nGG\n", "holds two records of one name: .*duplicate"),
        (">a\nACGT\nAC\nACGT\n", "has lines of one length in a record: .*line 4"),
        ("", "begins with >"),
    ],
)
def test_what_is_no_fasta_is_said_once(tmp_path, capfd, text, message):
    (tmp_path / "a.fa").write_text(text)
    with pytest.raises(ValueError, match=message) as caught:
        Genome(tmp_path / "a.fa")
    assert len(str(caught.value)) <= 500
    assert capfd.readouterr().err == ""
    assert [file.name for file in tmp_path.iterdir()] == ["a.fa"]
