"""HDF5: what is written is read, by plain h5py too; what is broken or malicious is refused."""

import os
import tracemalloc

import h5py
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxpresso import OneHotMatrix, OneHotPromoterEncoder
from skxpresso.datasets import hdf5, make_promoters, read_hdf5, read_hdf5_splits, write_hdf5
from skxpresso.halflife import HALF_LIFE_COLUMNS

RNG = np.random.default_rng(0)


def random_matrix(n=7, length=9, n_features=2, **settings):
    codes = RNG.integers(0, 5, (n, length), dtype=np.uint8)
    return OneHotMatrix(codes, RNG.standard_normal((n, n_features)), **settings)


def names_of(n):
    return [f"ENSG{i}" for i in range(n)]


def naive_onehot(codes):
    onehot = np.zeros((*codes.shape, 4), dtype=bool)
    for i, row in enumerate(codes):
        for j, code in enumerate(row):
            if code < 4:
                onehot[i, j, code] = True
    return onehot


def write_as_the_original(path, codes, features, labels, names, **change):
    """Write the four data sets as the published script did: h5py's own chunks, gzip 1."""
    content = {
        "data": features,
        "promoter": naive_onehot(codes),
        "label": labels,
        "geneName": np.array(names, dtype="S"),
    }
    with h5py.File(path, "w") as file:
        for name, values in (content | change).items():
            if values is not None:
                file.create_dataset(name, data=values, compression="gzip", compression_opts=1)
    return path


@pytest.fixture(name="path")
def fixture_path(tmp_path):
    return tmp_path / "train.h5"


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
        ({"names": ["a", "b", "a"]}, "names: gene 'a' is there more than once"),
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


# broken files


def good_parts(n=4, length=6):
    matrix = random_matrix(n, length)
    return {
        "codes": matrix.codes,
        "features": matrix.covariates,
        "labels": np.arange(n, dtype=float),
        "names": names_of(n),
    }


def with_value(values, place, value):
    values = np.array(values)
    values[place] = value
    return values


TWO_BITS = with_value(naive_onehot(np.zeros((4, 6), np.uint8)), (2, 3, 1), True)
ONES = np.ones((4, 2))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": None}, r"the data set 'label' is missing; there is \['data', 'geneName', 'prom"),
        ({"promoter": TWO_BITS}, r"'promoter' of gene 'ENSG2', position 3: .* \[True, True, False"),
        ({"promoter": np.full((4, 6, 4), 0.25)}, r"gene 'ENSG0', position 0: expected a one-hot"),
        ({"promoter": np.full((4, 6, 4), np.nan)}, r"gene 'ENSG0', position 0: expected a one-hot"),
        (
            {"promoter": np.zeros((4, 4, 6), bool)},
            r"'promoter' must have shape \('any', 'any', 4\)",
        ),
        (
            {"promoter": np.zeros((4, 24), bool)},
            r"must have shape \('any', 'any', 4\), got \(4, 24\)",
        ),
        ({"promoter": np.zeros((0, 6, 4), bool)}, "'promoter' is empty"),
        ({"promoter": np.zeros((4, 0, 4), bool)}, "'promoter' is empty"),
        ({"promoter": np.zeros((4, 6, 4), "S1")}, "'promoter' holds values of the wrong type"),
        ({"promoter": np.zeros((4, 6, 4), complex)}, "'promoter' holds values of the wrong type"),
        ({"data": np.ones((5, 2))}, r"'data' must have shape \(4, 'any'\), got \(5, 2\)"),
        ({"data": np.ones(4)}, r"'data' must have shape \(4, 'any'\), got \(4,\)"),
        (
            {"data": with_value(ONES, (1, 0), np.nan)},
            "'data' must .* nan in column 0 of gene 'ENSG1'",
        ),
        (
            {"data": with_value(ONES, (1, 0), 1e300)},
            "covariates must fit float32, got 1e.300 in row 1",
        ),
        ({"data": np.zeros((4, 2), [("a", "f4")])}, "'data' holds values of the wrong type"),
        ({"label": np.ones(3)}, r"'label' must have shape \(4,\), got \(3,\)"),
        ({"label": np.array([0, 1, np.inf, 3])}, "'label' must hold .* inf .* of gene 'ENSG2'"),
        ({"label": np.full(4, "1e4000", np.longdouble)}, "'label' must hold finite .* got inf"),
        ({"label": np.array([b"a"] * 4)}, "'label' holds values of the wrong type"),
        ({"geneName": np.array([b"a", b"b", b"c"])}, r"'geneName' must have shape \(4,\)"),
        ({"geneName": np.array([b"a", b"b", b"a", b"d"])}, "gene 'a' is there more than once"),
        ({"geneName": np.array([b"a", b"", b"c", b"d"])}, "the gene of row 1 has no name"),
        ({"geneName": np.arange(4)}, "'geneName' holds values of the wrong type"),
        ({"geneName": np.array([b"a", b"\xff", b"c", b"d"])}, "'utf-8' codec can't decode"),
    ],
)
def test_bad_content_is_named(path, change, message):
    write_as_the_original(path, **good_parts(), **change)
    with pytest.raises(ValueError, match=message) as caught:
        read_hdf5(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_a_file_cut_short_anywhere(path):
    write_hdf5(path, random_matrix(20, 50), np.zeros(20))
    whole = path.read_bytes()
    for size in range(0, len(whole), 97):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match="no HDF5 file, or it is damaged or cut short"):
            read_hdf5(path)


@pytest.mark.parametrize("name", ["promoter", "data", "label", "geneName"])
@pytest.mark.parametrize("texts", [np.array(names_of(4), "S"), np.array(names_of(4), object)])
def test_packed_values_that_are_damaged(path, name, texts):
    write_as_the_original(path, **good_parts(), geneName=texts)
    with h5py.File(path) as file:
        chunk = file[name].id.get_chunk_info(0)
    data = bytearray(path.read_bytes())
    middle = chunk.byte_offset + chunk.size // 2
    data[middle : middle + 8] = b"\xff" * 8
    path.write_bytes(data)
    with pytest.raises(ValueError, match="damaged"):
        read_hdf5(path)


def test_a_filter_without_its_settings(path):
    """Found by fuzzing: h5py raises an IndexError."""
    with without(path, "geneName") as file:
        packing = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        packing.set_chunk((4,))
        packing.set_filter(h5py.h5z.FILTER_DEFLATE, h5py.h5z.FLAG_OPTIONAL, ())
        text = h5py.h5t.py_create(h5py.string_dtype(), logical=True)
        space = h5py.h5s.create_simple((4,))
        h5py.Dataset(h5py.h5d.create(file.id, b"geneName", text, space, packing))[:] = names_of(4)
    with pytest.raises(ValueError, match="no HDF5 file, or it is damaged") as caught:
        read_hdf5(path)
    assert isinstance(caught.value.__cause__, IndexError)


def test_damage_in_text_of_variable_length_ends(path):
    """HDF5 itself loops for ever on some of these files."""
    with without(path, "geneName") as file:
        file.create_dataset("geneName", data=["E1", "E2", "E3", "E4"])
    whole = path.read_bytes()
    heap = whole.index(b"GCOL")
    outcomes = set()
    for position in range(heap, heap + 16 + 4 * 24):
        for value in (0, 180, 255):
            data = bytearray(whole)
            data[position] = value
            path.write_bytes(data)
            try:
                outcomes.add(len(read_hdf5(path).names))
            except ValueError as error:
                assert str(error).startswith(f"{path}: ")  # noqa: PT017
                outcomes.add("refused")
    assert outcomes == {4, "refused"}


@pytest.mark.parametrize("content", [b"", b"not HDF5", b"\x89HDF\r\n\x1a\n", b"\0" * 5000])
def test_files_that_are_no_hdf5(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match="this is no HDF5 file, or it is damaged or cut short"):
        read_hdf5(path)


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_hdf5(tmp_path / "nowhere.h5")
    with pytest.raises(IsADirectoryError):
        read_hdf5(tmp_path)


# malicious files


@pytest.fixture(name="secret")
def fixture_secret(tmp_path):
    """Another file of the machine, of the right shape."""
    return write_as_the_original(tmp_path / "secret.h5", **good_parts())


def without(path, name):
    """Write a good file that lacks one data set, and open it to put something else there."""
    write_as_the_original(path, **good_parts(), **{name: None})
    return h5py.File(path, "a")


@pytest.mark.parametrize("name", ["promoter", "data", "label", "geneName"])
def test_links_are_not_followed(path, secret, name):
    with without(path, name) as file:
        file[name] = h5py.ExternalLink(secret, name)
        file["elsewhere"] = file["data" if name != "data" else "label"]
    with pytest.raises(ValueError, match=f"{name}' is a link to another place .ExternalLink"):
        read_hdf5(path)
    with h5py.File(path, "a") as file:
        del file[name]
        file[name] = h5py.SoftLink("/elsewhere")
    with pytest.raises(ValueError, match=f"{name}' is a link to another place .SoftLink"):
        read_hdf5(path)


@pytest.mark.parametrize("name", ["promoter", "label"])
def test_values_of_other_files_are_not_read(path, tmp_path, secret, name):
    shape = (4, 6, 4) if name == "promoter" else (4,)
    (tmp_path / "passwords").write_bytes(bytes(200))
    with without(path, name) as file:
        file.create_dataset(
            name, shape, "u1", external=[(str(tmp_path / "passwords"), 0, h5py.h5f.UNLIMITED)]
        )
    with pytest.raises(ValueError, match=f"'{name}' takes its values from other files"):
        read_hdf5(path)
    with h5py.File(path, "a") as file:
        del file[name]
        layout = h5py.VirtualLayout(shape=shape, dtype=bool)
        layout[...] = h5py.VirtualSource(secret, name, shape=shape)
        file.create_virtual_dataset(name, layout)
    with pytest.raises(ValueError, match=f"'{name}' takes its values from other files"):
        read_hdf5(path)


def test_groups_and_types_are_no_data_sets(path):
    with without(path, "promoter") as file:
        file.create_group("promoter/deep")
    with pytest.raises(ValueError, match="'promoter' must be a data set, got Group"):
        read_hdf5(path)
    with without(path, "label") as file:
        file["label"] = np.dtype("f8")
    with pytest.raises(ValueError, match="'label' must be a data set, got Datatype"):
        read_hdf5(path)


def refused_without_memory(path, message):
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message):
            read_hdf5(path)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("chunks", [None, (1, 1000, 4)])
def test_shapes_that_are_only_claimed(path, chunks):
    with without(path, "promoter") as file:
        promoter = file.create_dataset("promoter", (10**9, 20_000, 4), bool, chunks=chunks)
        if chunks:
            promoter[0] = True
    refused_without_memory(path, "'promoter' is incomplete: parts of it were never written")


def test_parts_that_were_never_written_are_not_taken_for_n(path):
    with without(path, "promoter") as file:
        promoter = file.create_dataset("promoter", (4, 6, 4), bool, chunks=(2, 6, 4))
        promoter[:2, :, 0] = True
    with pytest.raises(ValueError, match="'promoter' is incomplete"):
        read_hdf5(path)


@pytest.mark.parametrize("name", ["promoter", "data", "geneName"])
def test_values_that_unpack_beyond_measure(path, monkeypatch, name):
    monkeypatch.setattr("skxpresso._utils.hdf5.FREE_BYTES", 1 << 20)
    values = {
        "promoter": np.zeros((500, 20_000, 4), bool),
        "data": np.zeros((4, 1_000_000)),
        "geneName": np.array([b"a", b"b", b"c", b"d"], "S9000000"),
    }[name]
    with without(path, name) as file:
        chunks = (1, *values.shape[1:])
        file.create_dataset(name, data=values, chunks=chunks, compression="gzip")
    assert path.stat().st_size < 100_000
    refused_without_memory(
        path, rf"'{name}' claims [0-9,]+ bytes .*, but the file stores [0-9,]+ of it"
    )


def test_chunks_too_large_to_unpack(path, monkeypatch):
    monkeypatch.setattr("skxpresso._utils.hdf5._MOST_CHUNK_BYTES", 1 << 20)
    with without(path, "label") as file:
        file.create_dataset(
            "label", data=np.zeros(4), chunks=(1 << 18,), maxshape=(None,), compression="gzip"
        )
    refused_without_memory(path, "'label' has chunks of 2,097,152 bytes, more than 1,048,576")


def test_unusual_filters(path):
    with without(path, "label") as file:
        file.create_dataset("label", data=np.arange(4.0), scaleoffset=2)
    with pytest.raises(ValueError, match="'label' is packed by unknown filters"):
        read_hdf5(path)


@pytest.mark.parametrize("packed", [{"shuffle": True}, {"compression": "lzf"}, {}])
def test_usual_filters(path, packed):
    with without(path, "label") as file:
        file.create_dataset("label", data=np.arange(4.0), fletcher32=bool(packed), **packed)
    assert read_hdf5(path).y.tolist() == [0, 1, 2, 3]


def test_foreign_attributes_do_no_harm(path):
    write_hdf5(path, random_matrix(3, n_features=8, tss=4), [0, 1, 2])
    for tss, columns in [
        ("here", 7),
        ([1, 2], ["a", "b"]),
        (1.5, "a\tb"),
        (True, "a\t" * 8),
        (2.0, np.bytes_(b"a\tb")),
        (b"3", np.bytes_(b"a\t\tc\td\te\tf\tg\th")),
    ]:
        with h5py.File(path, "a") as file:
            file["promoter"].attrs["tss"] = tss
            file["data"].attrs["columns"] = columns
        X = read_hdf5(path).X
        assert (X.tss, X.covariate_names) == (None, HALF_LIFE_COLUMNS)


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
