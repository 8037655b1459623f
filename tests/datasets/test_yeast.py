"""The yeast promoters of the package: the source's bytes again, and honest subsets."""

import hashlib

import numpy as np
import pandas as pd
import pytest

from skxpresso.datasets import _packed, load_yeast_promoters, yeast
from skxpresso.metrics import noise_ceiling, pearson_r2_score
from skxpresso.model_selection import shared_sequence_groups

# sha256sum of the unpacked native_promoters.tsv.gz, and of its first column without header
SOURCE = "c7dc17c0d948d5130f49315c91afa2eb096a47cc42635391241e7bcc508bcd09"
PROMOTERS = "eb8d92141a02ed52da84a51eefb642b9fa71f85670f533f99ab48ffa27be438f"


@pytest.fixture(scope="module")
def everything():
    return load_yeast_promoters()


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_written_as_text_they_are_the_source_byte_for_byte(everything):
    promoters = everything.data["promoter"]
    assert sha256("\n".join(promoters) + "\n") == PROMOTERS
    table = pd.concat([everything.data, everything.replicates, everything.target], axis=1)
    assert sha256(table.to_csv(sep="\t", index=False, lineterminator="\n")) == SOURCE


def test_equal_to_the_shared_table(everything, shared_data):
    table = pd.read_csv(shared_data / "yeast/native_promoters.tsv.gz", sep="\t")
    pd.testing.assert_frame_equal(everything.data, table[["promoter"]], check_exact=True)
    pd.testing.assert_series_equal(everything.target, table["expression"], check_exact=True)
    replicates = table[["expression_rep1", "expression_rep2"]]
    pd.testing.assert_frame_equal(everything.replicates, replicates, check_exact=True)


def test_what_is_there(everything):
    assert everything.data.shape == (61_236, 1)
    assert everything.data.columns.tolist() == everything.feature_names == ["promoter"]
    assert everything.data["promoter"].is_unique
    assert everything.data["promoter"].str.fullmatch("[ACGT]{120}").all()
    assert everything.replicates.shape == (61_236, 2)
    assert everything.target.name == "expression"
    for values in (everything.replicates, everything.target):
        assert values.index.equals(everything.data.index)
        assert np.isfinite(values.to_numpy()).all()


def test_both_ends_are_constant(everything):
    promoters = everything.data["promoter"]
    assert promoters.str[: everything.flank].unique().tolist() == ["AACTGCATTTTTTTCACATC"]
    assert promoters.str[-everything.flank :].unique().tolist() == ["GGTTACGGCTGTTTCTTAAT"]
    assert promoters.str[everything.flank].nunique() == 4
    assert promoters.str[-everything.flank - 1].nunique() == 4


def test_ceiling_is_that_of_the_average_of_two_replicates(everything):
    first, second = everything.replicates.to_numpy().T
    r2 = pearson_r2_score(first, second)
    assert r2 == pytest.approx(0.919, abs=5e-4)
    by_hand = 2 * np.sqrt(r2) / (1 + np.sqrt(r2))  # Spearman and Brown
    assert everything.ceiling == pytest.approx(by_hand, abs=1e-9)
    assert everything.ceiling == noise_ceiling(everything.replicates)


def test_a_subset_is_of_whole_rows_in_their_order(everything):
    some = load_yeast_promoters(500)
    assert some.data.index.is_monotonic_increasing
    assert some.data.index.is_unique
    for name in ("data", "target", "replicates"):
        assert some[name].equals(everything[name].loc[some.data.index])
    assert some.ceiling == everything.ceiling


def test_a_subset_is_drawn_from_everywhere(everything):
    rows = load_yeast_promoters(2000).data.index
    counts = np.histogram(rows, bins=10, range=(0, len(everything.data)))[0]
    assert counts.min() > 140  # 200 +- 13 are expected, the first 2,000 rows would give 0
    assert counts.max() < 260


def test_seeds_of_subsets():
    rows = {seed: load_yeast_promoters(300, random_state=seed).data.index for seed in (0, 1)}
    assert load_yeast_promoters(300).data.index.equals(rows[0])
    assert not rows[0].equals(rows[1])
    assert rows[0].isin(load_yeast_promoters(900).data.index).all()
    drawn = [load_yeast_promoters(300, random_state=None).data.index for _ in range(2)]
    assert not drawn[0].equals(drawn[1])


def test_as_many_as_there_are_is_all_of_them(everything):
    assert load_yeast_promoters(61_236, random_state=7).data.equals(everything.data)


def test_what_it_gives_is_the_users_own():
    changed = load_yeast_promoters(10)
    changed.target.iloc[:] = 0
    assert load_yeast_promoters(10).target.all()


def test_neighbouring_tiles_are_one_group(everything):
    varying = everything.data["promoter"].str[20:-20]
    tiles = [varying.iloc[0], "T" * 40 + varying.iloc[0][:40], varying.iloc[30_000]]
    assert shared_sequence_groups(tiles).tolist() == [0, 0, 1]


@pytest.mark.parametrize("n", [0, 61_237, 1.5, "all"])
def test_bad_n(n):
    with pytest.raises(ValueError, match=r"'n' parameter of load_yeast_promoters must be"):
        load_yeast_promoters(n)


def test_docstring_and_description_name_source_licence_and_checksum(everything):
    for text in (load_yeast_promoters.__doc__, everything.DESCR):
        for part in ("de Boer", "GSE104878", "MIT licence", yeast._SHA256):
            assert part in text


# the file


def test_another_file_is_refused(tmp_path, monkeypatch):
    content = (_packed._FOLDER / "yeast_promoters.npz").read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 1
    (tmp_path / "yeast_promoters.npz").write_bytes(flipped)
    monkeypatch.setattr(_packed, "_FOLDER", tmp_path)
    with pytest.raises(OSError, match=r"yeast_promoters.npz: sha256 is .* install skxpresso again"):
        load_yeast_promoters(10)


def test_files_are_small():
    sizes = {name: len((_packed._FOLDER / name).read_bytes()) for name in FILES}
    assert sizes["yeast_promoters.npz"] < 2_000_000
    assert sizes["human_promoters.npz"] < 100_000


FILES = ["yeast_promoters.npz", "human_promoters.npz"]


@pytest.mark.parametrize("name", FILES)
def test_files_hold_no_pickle(name):
    with np.load(_packed._FOLDER / name, allow_pickle=False) as arrays:
        assert all(arrays[key].dtype.kind in "uifU" for key in arrays)


# bases in two bits


def test_four_bases_to_a_byte_by_hand():
    letters = "ACGTTTTTGGGG"
    by_hand = [0b00011011, 0b11111111, 0b10101010]
    codes = np.array([["ACGT".index(letter) for letter in letters]], dtype=np.uint8)
    assert _packed.pack_bases(codes).tolist() == [by_hand]
    np.testing.assert_array_equal(_packed.unpack_bases(_packed.pack_bases(codes)), codes)


@pytest.mark.parametrize("shape", [(0, 8), (1, 4), (300, 80), (3, 0)])
def test_packed_and_unpacked(shape):
    codes = np.random.default_rng(0).integers(0, 4, shape, dtype=np.uint8)
    packed = _packed.pack_bases(codes)
    assert packed.nbytes * 4 == codes.nbytes
    np.testing.assert_array_equal(_packed.unpack_bases(packed), codes)


def test_n_is_not_packed():
    codes = np.zeros((3, 8), dtype=np.uint8)
    codes[1, 5] = 4
    with pytest.raises(ValueError, match="row 1 has an N"):
        _packed.pack_bases(codes)
    with pytest.raises(ValueError, match="multiple of 4, got 7"):
        _packed.pack_bases(codes[:, :7])
