"""FASTA: what Biopython reads is read, and everything else is refused with the record at fault."""

import gzip
import io
import os
import threading
import tracemalloc

import numpy as np
import pytest
from Bio import SeqIO, bgzf
from hypothesis import given, settings
from hypothesis import strategies as st

from skxpresso import OneHotPromoterEncoder
from skxpresso.datasets import iter_fasta, read_fasta
from skxpresso.datasets._names import SeenNames

RECORDS = {"ENSG1": "ACGTNacgtn", "ENSG2": "GGGGGCCCCC", "gene/3|x": "RYSWKMBDHUACGTACGTAC"}


def as_fasta(records, width=4, end="\n"):
    lines = []
    for name, sequence in records.items():
        lines += [f">{name} some words"]
        lines += [sequence[i : i + width] for i in range(0, len(sequence), width)]
    return (end.join(lines) + end).encode()


class KeptOpen(io.BytesIO):
    """Bytes that can be read after their writer closed them."""

    def close(self):
        pass


def as_bgzip(data):
    file = KeptOpen()
    with bgzf.BgzfWriter(fileobj=file) as writer:
        writer.write(data)
    return file.getvalue()


@pytest.fixture(name="write")
def fixture_write(tmp_path):
    def write(data, name="genes.fa"):
        path = tmp_path / name
        path.write_bytes(data)
        return path

    return write


def read_as_dict(path, **settings):
    return read_fasta(path, **settings)["promoter"].to_dict()


# what is read


@pytest.mark.parametrize("pack", [bytes, gzip.compress, as_bgzip], ids=["plain", "gzip", "bgzip"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old mac"])
def test_records_come_back_whatever_packs_them(write, pack, end):
    table = read_fasta(write(pack(as_fasta(RECORDS, end=end)), "no-telling-name"))
    assert table["promoter"].to_dict() == RECORDS
    assert (table.index.name, table.columns.tolist()) == ("ID", ["promoter"])


def test_biopython_reads_the_same(write):
    path = write(b"\n\n>a\nACGT\n\nACGT\n> b c\n AC GT \n>c\nNNNNNNNN")
    with path.open() as file:
        records = SeqIO.to_dict(SeqIO.parse(file, "fasta-pearson"))
    assert read_as_dict(path) == {name: str(record.seq) for name, record in records.items()} | {
        "b": "ACGT"
    }


def test_byte_order_mark_and_missing_line_end(write):
    assert read_as_dict(write(b"\xef\xbb\xbf>a\nACGT")) == {"a": "ACGT"}


def test_two_gzip_files_in_one(write):
    packed = gzip.compress(b">a\nAC") + gzip.compress(b"GT\n>b\nACGT\n")
    assert read_as_dict(write(packed)) == {"a": "ACGT", "b": "ACGT"}


@pytest.mark.parametrize("chunk_size", [1, 2, 3, 100])
def test_chunks_are_the_whole(write, chunk_size):
    path = write(as_fasta(RECORDS))
    tables = list(iter_fasta(path, chunk_size))
    assert [len(table) for table in tables[:-1]] == [chunk_size] * (len(tables) - 1)
    assert {k: v for table in tables for k, v in table["promoter"].items()} == RECORDS


def test_a_chunk_ends_early_when_records_are_long(write, monkeypatch):
    monkeypatch.setattr("skxpresso.datasets.fasta._CHUNK_BASES", 20)
    path = write(as_fasta(RECORDS))
    assert [len(table) for table in iter_fasta(path)] == [2, 1]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_will_do(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    packed = gzip.compress(as_fasta(RECORDS))
    writer = threading.Thread(target=path.write_bytes, args=(packed,))
    writer.start()
    try:
        assert read_as_dict(path) == RECORDS
    finally:
        writer.join()


def test_a_stream_does_not_read_ahead(write):
    records = {f"gene{i}": "ACGT" * 2500 for i in range(500)}
    tables = iter_fasta(write(as_fasta(records, width=100) + b">gene0\nACGT\n"), chunk_size=1)
    assert next(tables).index.tolist() == ["gene0"]  # the error is far away
    tables.close()


def test_the_encoder_takes_it_and_names_records(write):
    table = read_fasta(write(as_fasta({"a": "ACGTN", "b": "TTTTT"})))
    codes = OneHotPromoterEncoder().fit_transform(table).codes
    np.testing.assert_array_equal(codes, [[0, 1, 2, 3, 4], [3] * 5])


def test_memory_is_flat_in_the_number_of_records(write):
    def peak(n):
        data = b"".join(b">%d\n" % i + b"ACGTTGCA" * 500 + b"\n" for i in range(n))
        path = write(gzip.compress(data, 1))
        del data
        tracemalloc.start()
        for _ in iter_fasta(path, chunk_size=50):
            pass
        size = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size

    peak(60)
    few, many = peak(60), peak(1000)
    assert many < 1.5 * few
    assert many < 4_000_000  # the file is as large


def test_real_chromosome_slice(shared_data):
    path = shared_data / "genome/hg38_chr22_32000000_32300000.fa"
    record = SeqIO.read(path, "fasta")
    assert read_as_dict(path) == {"chr22": str(record.seq)}


# what is refused


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the file contains no record"),
        (b"\n \n", "the file contains no record"),
        (b"ACGT\n>a\nACGT\n", "FASTA starts with '>', this file with 'ACGT'"),
        (b"@read1\nACGT\n+\nIIII\n", "FASTA starts with '>', this file with '@read1'"),
        (b">a\nACGT\n>a second\nACGT\n", "record 'a' occurs more than once"),
        (b">a\n>b\nACGT\n", "record 'a' has no sequence"),
        (b">a\nACGT\n>b", "record 'b' has no sequence"),
        (b">a\nACGT\n>\nACGT\n", "record 2 has no name"),
        (b">a\nACGT\n>p\nMKVLAAGIVE\n", "record 'p': unexpected character 'L' at position 3"),
        (b">p\nMKVSASMKVS\n", "record 'p': only 1 of 10 letters are A, C, G, T, U or N"),
        (b">a\nAC-GT\n", "record 'a': unexpected character '-' at position 2.*alignment"),
        (b">a\nACGT\n1 ACGT\n", "record 'a': unexpected character '1' at position 4"),
        ("\ufeff>a\nACéT\n".encode(), "record 'a': unexpected character 'é' at position 2"),
        (b">a\nAC\x00GT\n", r"record 'a': unexpected character '\\x00'"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "the file is not text: byte 0x89 is not UTF-8"),
        (b">a\nACGT\n\xff\xfe\n", "the file is not text: byte 0xff is not UTF-8"),
        (">a\nACGT\n".encode("utf-16"), "the file is not text: byte 0xff is not UTF-8"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_what_is_no_fasta_of_promoters(write, pack, data, message):
    path = write(pack(data))
    with pytest.raises(ValueError, match=message) as caught:
        read_fasta(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_lengths(write):
    path = write(as_fasta({"a": "ACGT", "b": "ACG"}))
    assert len(read_fasta(path)) == 2
    with pytest.raises(ValueError, match="record 'b' has 3 nt, expected length=4"):
        read_fasta(path, length=4)
    with pytest.raises(ValueError, match="record 'a' has more than max_length=3 nt"):
        read_fasta(path, max_length=3)


def test_names_that_come_twice_are_found_across_chunks(write):
    names = [f"gene{i}" for i in range(100)]
    data = b"".join(b">%s\nACGT\n" % name.encode() for name in [*names, "gene3"])
    with pytest.raises(ValueError, match="record 'gene3' occurs more than once"):
        list(iter_fasta(write(data), chunk_size=7))


@pytest.mark.parametrize("pack", [gzip.compress, as_bgzip], ids=["gzip", "bgzip"])
def test_compressed_files_that_end_early(write, pack):
    rng = np.random.default_rng(0)
    records = {f"g{i}": "".join(rng.choice(list("ACGT"), 200)) for i in range(20)}
    packed = pack(as_fasta(records))
    for size in [3, 11, 30, len(packed) // 2, len(packed) - 1]:
        with pytest.raises(ValueError, match="damaged or truncated|bgzip's last block|record"):
            read_fasta(write(packed[:size]))


def test_bgzip_cut_between_blocks_is_noticed(write):
    packed = as_bgzip(as_fasta(RECORDS))
    assert gzip.decompress(packed[:-28]) == as_fasta(RECORDS)  # gzip sees nothing wrong
    with pytest.raises(ValueError, match="bgzip's last block is missing"):
        read_fasta(write(packed[:-28]))


@pytest.mark.parametrize("position", [20, -6], ids=["data", "checksum"])
def test_damaged_gzip(write, position):
    packed = bytearray(gzip.compress(as_fasta(RECORDS)))
    packed[position] ^= 0x55
    with pytest.raises(ValueError, match="damaged or truncated"):
        read_fasta(write(bytes(packed)))


def test_junk_behind_gzip(write):
    with pytest.raises(ValueError, match="damaged or truncated"):
        read_fasta(write(gzip.compress(as_fasta(RECORDS)) + b"junk"))


def test_one_record_without_end_is_given_up_early(write):
    packed = gzip.compress(b">a\n" + b"ACGTACGTA\n" * 2_000_000, 1)  # 20 MB
    tracemalloc.start()
    with pytest.raises(ValueError, match="record 'a' has more than max_length=1,000,000 nt"):
        read_fasta(write(packed))
    assert tracemalloc.get_traced_memory()[1] < 8_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("start", [b">", b">a\n"], ids=["name", "sequence"])
def test_one_line_without_end_is_given_up_early(write, start):
    packed = gzip.compress(start + b"A" * 50_000_000, 1)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"a line is longer than 2,065,536 bytes"):
        read_fasta(write(packed))
    assert tracemalloc.get_traced_memory()[1] < 16_000_000
    tracemalloc.stop()


def test_small_records_without_end_are_given_up(write, monkeypatch):
    monkeypatch.setattr("skxpresso._utils.compression.FREE_BYTES", 1 << 20)
    block = gzip.compress(b"\n" * 100_000, 9)
    path = write(gzip.compress(b">a\nACGT\n") + 100 * block)  # 10 MB from 12 kB
    with pytest.raises(ValueError, match=r"bytes unpacked to [0-9,]+ .*over 500 times"):
        read_fasta(path)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"chunk_size": 0}, "chunk_size must be 1 or more, got 0"),
        ({"max_length": 0}, "max_length must be 1 or more, got 0"),
        ({"length": 0}, "length must be 1 to max_length=1,000,000, got 0"),
        ({"length": 20, "max_length": 10}, "length must be 1 to max_length=10, got 20"),
    ],
)
def test_bad_settings_raise_before_a_file_is_opened(setting, message):
    with pytest.raises(ValueError, match=message):
        iter_fasta("nowhere.fa", **setting)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_fasta(tmp_path / "nowhere.fa")
    with pytest.raises(IsADirectoryError):
        read_fasta(tmp_path)


# whatever comes, an answer or a clear error


@settings(max_examples=200, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(alphabet=">ACGTNEacgt- \n\r\t\x00é;@", max_size=100).map(str.encode),
    ),
    st.booleans(),
)
def test_any_bytes_give_records_or_a_clear_error(tmp_path_factory, data, packed):
    path = tmp_path_factory.getbasetemp() / "fuzzed.fa"
    path.write_bytes(gzip.compress(data) if packed else data)
    try:
        table = read_fasta(path)
    except ValueError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017
    else:
        assert table.index.is_unique
        assert table["promoter"].str.fullmatch("(?i)[ACGTUNRYSWKMBDHV]+").all()


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.text(alphabet=st.characters(categories=["L", "N", "P"]), min_size=1),
        st.text(alphabet="ACGTN", min_size=1),
        min_size=1,
    ),
    st.integers(1, 10),
)
def test_what_is_written_is_read(tmp_path_factory, records, width):
    path = tmp_path_factory.getbasetemp() / "round.fa"
    path.write_bytes(as_fasta(records, width))
    assert read_as_dict(path) == records


# names


def test_seen_names_against_a_set():
    rng = np.random.default_rng(0)
    seen, naive = SeenNames(), set()
    for _ in range(300):
        names = [str(i) for i in rng.integers(0, 100_000, rng.integers(0, 20))]
        expected = None
        for i, name in enumerate(names):
            if name in naive or name in names[:i]:
                expected = name
                break
        assert seen.add(names) == expected
        if expected is None:
            naive.update(names)
    assert sum(len(run) for run in seen._runs) == len(naive)
    assert len(seen._runs) < 12
