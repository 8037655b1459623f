"""HDF5: what is written is read, by plain h5py too."""

import os

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxpresso import OneHotMatrix, OneHotPromoterEncoder
from skxpresso.datasets import hdf5, make_promoters, read_hdf5, read_hdf5_splits, write_hdf5
from skxpresso.halflife import HALF_LIFE_COLUMNS
from tests.datasets.hdf5_files import (
    RNG,
    good_parts,
    naive_onehot,
    names_of,
    random_matrix,
    write_as_the_original,
)

# round trips


@pytest.mark.parametrize(
    "matrix",
    [
        random_matrix(),
        random_matrix(n_features=8),
        random_matrix(n_features=0),
        random_matrix(n=1, length=1),
        random_matrix(tss=-3, covariate_names=["a", "b b"]),
        random_matrix(n=40, length=9000),
    ],
    ids=repr,
)
def test_matrix_comes_back(path, matrix):
    y = RNG.standard_normal(len(matrix))
    write_hdf5(path, matrix, y, names_of(len(matrix)))
    X, read_y, names = read_hdf5(path)
    np.testing.assert_array_equal(X.codes, matrix.codes)
    np.testing.assert_array_equal(X.covariates, matrix.covariates)
    expected = HALF_LIFE_COLUMNS if matrix.n_covariates == 8 else matrix.covariate_names
    assert (X.covariate_names, X.tss) == (expected, matrix.tss)
    np.testing.assert_array_equal(read_y, y)
    assert names == names_of(len(matrix))


def test_frame_comes_back(path):
    data = make_promoters(12, 30, random_state=0)
    y = pd.Series(data.target, index=data.data.index, name="expression")
    write_hdf5(path, data.data, y)
    X, read_y, names = read_hdf5(path, as_frame=True)
    pd.testing.assert_frame_equal(X, data.data)
    pd.testing.assert_series_equal(read_y, y)
    assert names == data.data.index.tolist()
    # and as the encoder would have it
    matrix = read_hdf5(path).X
    expected = OneHotPromoterEncoder().fit_transform(data.data)
    np.testing.assert_array_equal(np.asarray(matrix), np.asarray(expected))


def test_plain_h5py_reads_the_published_layout(path):
    matrix = random_matrix(n=5, length=12, n_features=8)
    write_hdf5(path, matrix, np.arange(5), ["ENSG1", "é", "c", "d", "e"])
    with h5py.File(path) as file:
        assert set(file) == {"data", "promoter", "label", "geneName"}
        assert file["promoter"].dtype == bool
        np.testing.assert_array_equal(file["promoter"], naive_onehot(matrix.codes))
        np.testing.assert_array_equal(file["promoter"][:, 3:7, :].argmax(axis=2).shape, (5, 4))
        assert file["data"].dtype == file["label"].dtype == np.float64
        np.testing.assert_array_equal(file["data"], matrix.covariates)
        np.testing.assert_array_equal(file["label"], np.arange(5))
        assert [name.decode() for name in file["geneName"]] == ["ENSG1", "é", "c", "d", "e"]
        assert {file[name].compression_opts for name in file} == {1}


def test_features_are_written_in_the_published_order(path):
    data = make_promoters(4, 30, random_state=0).data
    frame = data[["UTR3GC", "promoter", "CDSLEN"]].assign(extra=1.0)
    write_hdf5(path, frame, np.zeros(4))
    X = read_hdf5(path, as_frame=True).X
    assert X.columns.tolist() == ["promoter", "CDSLEN", "UTR3GC", "extra"]
    pd.testing.assert_frame_equal(X, frame[X.columns])


@pytest.mark.parametrize(
    ("n", "length", "block"), [(7, 9, 1), (7, 9, 40), (300, 700, 5000), (600, 60, 1 << 14)]
)
def test_files_of_the_original_are_read_whatever_the_blocks(path, monkeypatch, n, length, block):
    monkeypatch.setattr(hdf5, "_BLOCK_BYTES", block)
    matrix = random_matrix(n, length, 8)
    write_as_the_original(path, matrix.codes, matrix.covariates, np.arange(n), names_of(n))
    X, y, names = read_hdf5(path)
    np.testing.assert_array_equal(X.codes, matrix.codes)
    np.testing.assert_array_equal(X.covariates, matrix.covariates)
    assert X.covariate_names == HALF_LIFE_COLUMNS
    assert (y.tolist(), names) == (list(range(n)), names_of(n))
    assert read_hdf5(path, as_frame=True).X["promoter"].str.len().eq(length).all()


def test_blocks_cut_no_chunk_and_leave_nothing_out(path, monkeypatch):
    monkeypatch.setattr(hdf5, "_BLOCK_BYTES", 9000)
    with h5py.File(path, "w") as file:
        promoter = file.create_dataset("promoter", (100, 333, 4), bool, chunks=(8, 50, 1))
        seen = np.zeros((100, 333), dtype=int)
        for rows, columns in hdf5._blocks(promoter):
            assert rows.start % 8 == columns.start % 50 == 0
            assert (rows.stop - rows.start) * (columns.stop - columns.start) * 4 <= 9000
            seen[rows, columns] += 1
        assert (seen == 1).all()


@pytest.mark.parametrize("dtype", [bool, np.int8, np.uint8, np.int64, np.float32, ">f8"])
def test_promoters_of_any_number_type(path, dtype):
    matrix = random_matrix()
    onehot = naive_onehot(matrix.codes).astype(dtype)
    write_as_the_original(path, matrix.codes, matrix.covariates, np.zeros(7), names_of(7),
                          promoter=onehot)  # fmt: skip
    np.testing.assert_array_equal(read_hdf5(path).X.codes, matrix.codes)


@pytest.mark.parametrize("n", [7, 2000])
@pytest.mark.parametrize("packed", [{}, {"compression": "gzip"}, {"chunks": (7,)}], ids=str)
def test_names_of_any_length(path, n, packed):
    matrix = random_matrix(n)
    names = [f"{'é' if i % 2 else 'a' * (i % 300)}{i}" for i in range(n)]
    content = good_parts() | {"codes": matrix.codes, "features": matrix.covariates}
    write_as_the_original(path, **content | {"labels": np.zeros(n)}, geneName=None)
    with h5py.File(path, "a") as file:
        file.create_dataset("geneName", data=names, **packed)
        assert file["geneName"].dtype == object
    assert read_hdf5(path).names == names


def test_a_file_in_place_is_replaced_or_left_alone(path):
    write_hdf5(path, random_matrix(2), [0, 1])
    with pytest.raises(ValueError):
        write_hdf5(path, random_matrix(3), [0, 1, np.nan])
    assert read_hdf5(path).names == ["0", "1"]
    assert os.listdir(path.parent) == ["train.h5"]
    write_hdf5(path, random_matrix(3), pd.Series(1.0, index=list("abc")))
    assert read_hdf5(path).names == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"y": [0.0, 1.0]}, r"X has 3 rows, y has shape \(2,\) and there are 3 names"),
        ({"names": ["a", "b"]}, r"X has 3 rows, y has shape \(3,\) and there are 2 names"),
        ({"names": ["a", "b", "a"]}, "names: gene 'a' occurs more than once"),
        ({"names": ["a", "", "c"]}, "names: the gene of row 1 has no name"),
        ({"y": [0.0, np.inf, 1.0]}, "y must hold finite numbers, got inf in column 0 of gene 'b'"),
        ({"X": random_matrix(0), "y": [], "names": []}, "X is empty"),
        (
            {"X": pd.DataFrame({"promoter": ["AC", "GT", "A"]})},
            r"row 2: the sequence has 1 nt",
        ),
        (
            {"X": OneHotMatrix(np.zeros((3, 2), np.uint8), [[0, 1], [0, np.nan], [1, 1]])},
            "gene 'b'",
        ),
    ],
)
def test_what_cannot_be_written(path, change, message):
    good = {"X": random_matrix(3), "y": [0.0, 1.0, 2.0], "names": ["a", "b", "c"]}
    with pytest.raises(ValueError, match=message):
        write_hdf5(path, **(good | change))
    assert not path.exists()


def test_only_matrices_and_frames_are_written(path):
    with pytest.raises(TypeError, match="X must be a OneHotMatrix or a DataFrame, got ndarray"):
        write_hdf5(path, np.zeros((2, 3)), [0, 1])


# folders


def test_splits_with_and_without_a_fold(tmp_path):
    for i, name in enumerate(["train", "valid", "test", "1train", "10train", "10test"]):
        write_hdf5(tmp_path / f"{name}.h5", random_matrix(2), [i, i], [f"a{i}", f"b{i}"])
    splits = read_hdf5_splits(tmp_path)
    assert {name: split.names[0] for name, split in splits.items()} == {
        "train": "a0",
        "valid": "a1",
        "test": "a2",
    }
    assert list(read_hdf5_splits(tmp_path, fold="1")) == ["train"]
    assert list(read_hdf5_splits(tmp_path, fold=10, as_frame=True)) == ["train", "test"]
    with pytest.raises(FileNotFoundError):
        read_hdf5_splits(tmp_path, fold=2)


@pytest.mark.parametrize(
    ("test", "names", "message"),
    [
        (random_matrix(2), ["c", "b"], "test.h5 and train.h5: gene 'b' is in both"),
        (random_matrix(2, length=8), ["c", "d"], "test.h5 and train.h5 disagree"),
        (random_matrix(2, n_features=3), ["c", "d"], "test.h5 and train.h5 disagree"),
    ],
)
def test_splits_that_do_not_belong_together(tmp_path, test, names, message):
    write_hdf5(tmp_path / "train.h5", random_matrix(2), [0, 1], ["a", "b"])
    write_hdf5(tmp_path / "test.h5", test, [0, 1], names)
    for as_frame in (False, True):
        with pytest.raises(ValueError, match=message):
            read_hdf5_splits(tmp_path, as_frame=as_frame)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 3), st.integers(0, 1000))
def test_whatever_is_written_is_read(tmp_path_factory, n, length, n_features, seed):
    path = tmp_path_factory.getbasetemp() / "any.h5"
    rng = np.random.default_rng(seed)
    X = OneHotMatrix(
        rng.integers(0, 5, (n, length), dtype=np.uint8), rng.normal(size=(n, n_features), scale=1e3)
    )
    y = rng.standard_normal(n)
    write_hdf5(path, X, y)
    read = read_hdf5(path)
    np.testing.assert_array_equal(read.X.codes, X.codes)
    np.testing.assert_array_equal(read.X.covariates, X.covariates)
    np.testing.assert_array_equal(read.y, y)
