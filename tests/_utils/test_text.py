"""Text in every usual compression, from files, pipes and standard input; damage is named."""

import bz2
import gzip
import io
import lzma
import os
import sys
import threading

import pytest

from skxpresso._utils import compression
from skxpresso._utils.text import check_is_there, open_text

zstd = pytest.importorskip("backports.zstd" if sys.version_info < (3, 14) else "compression.zstd")

TEXT = "ID\tPROMOTER\n" + "".join(f"gene{i}\tACGTé{i * i}\n" for i in range(500))
PACK = {
    "plain": bytes,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
}


def read(path):
    with open_text(path) as text:
        return text.read()


@pytest.mark.parametrize("name", PACK)
@pytest.mark.parametrize("parts", [1, 3])
def test_compressions_are_known_by_their_first_bytes(tmp_path, name, parts):
    data = TEXT.encode()
    path = tmp_path / "table.of.no.ending"
    step = -(-len(data) // parts)
    pieces = [PACK[name](data[i : i + step]) for i in range(0, len(data), step)]
    path.write_bytes(b"".join(pieces))  # several streams one after the other are one file
    assert read(path) == TEXT


@pytest.mark.parametrize("name", [name for name in PACK if name != "plain"])
def test_damage_is_named(tmp_path, name):
    path, packed = tmp_path / "a", PACK[name](TEXT.encode())
    middle = len(packed) // 2
    for bad in (
        packed[:-9],
        packed[:middle] + bytes([packed[middle] ^ 255]) + packed[middle + 1 :],
    ):
        path.write_bytes(bad)
        with pytest.raises(ValueError, match=f"{path}: the compressed file is damaged"):
            read(path)


@pytest.mark.parametrize("name", [name for name in PACK if name != "plain"])
def test_bombs_are_refused(tmp_path, monkeypatch, name):
    monkeypatch.setattr(compression, "FREE_BYTES", 1 << 16)
    path = tmp_path / "bomb"
    path.write_bytes(PACK[name](b"\n" * 30_000_000))
    with pytest.raises(ValueError, match="bytes unpacked to .* over 500 times as many"):
        read(path)


@pytest.mark.parametrize("name", ["plain", "bzip2"])
def test_standard_input_and_pipes(tmp_path, monkeypatch, name):
    data = PACK[name](TEXT.encode())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    assert read("-") == TEXT
    assert not sys.stdin.closed
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_bytes, args=(data,))
    writer.start()
    assert read(pipe) == TEXT
    writer.join()


@pytest.mark.parametrize(
    ("start", "message"),
    [
        (b"PK\x03\x04", "a zip archive or an Excel workbook; unpack it, or save the sheet as CSV"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "an Excel workbook"),
        (b"PAR1", "parquet, which is read as a table only"),
    ],
)
def test_archives_are_refused_by_name(tmp_path, start, message):
    path = tmp_path / "a"
    path.write_bytes(start + bytes(50))
    with pytest.raises(ValueError, match=f"{path}: the file is {message}"):
        read(path)


def test_without_a_library_for_zstd_the_error_says_what_to_do(tmp_path, monkeypatch):
    path = tmp_path / "a.zst"
    path.write_bytes(PACK["zstd"](b"text"))
    for module in ("backports", "backports.zstd", "compression", "compression.zstd"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ImportError, match=r"backports.zstd \(pip install '.\[tables\]', from"):
        read(path)


def test_what_is_not_there_is_a_sentence(tmp_path):
    for path, message in [
        (tmp_path, "must be a file, but is a folder"),
        (tmp_path / "a.tsv", f"there is no file {tmp_path / 'a.tsv'}"),
        (tmp_path / "b" / "a.tsv", f"there is no folder {tmp_path / 'b'}, and so no file"),
    ]:
        for check in (check_is_there, read):
            with pytest.raises(OSError, match=message) as caught:
                check(path)
            assert "Errno" not in str(caught.value)
