"""HDF5 files that are broken or made to harm are refused with the file and the place."""

import tracemalloc

import h5py
import numpy as np
import pytest

from skxpresso.datasets import read_hdf5, write_hdf5
from skxpresso.halflife import HALF_LIFE_COLUMNS
from tests.datasets.hdf5_files import (
    good_parts,
    naive_onehot,
    names_of,
    random_matrix,
    write_as_the_original,
)

# broken files


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
        ({"geneName": np.array([b"a", b"b", b"a", b"d"])}, "gene 'a' occurs more than once"),
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
        with pytest.raises(ValueError, match="not an HDF5 file, or damaged or truncated"):
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
    with pytest.raises(ValueError, match="not an HDF5 file, or damaged") as caught:
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
    with pytest.raises(ValueError, match="not an HDF5 file, or damaged or truncated"):
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
    with pytest.raises(ValueError, match=f"{name}' is a link to somewhere else .ExternalLink"):
        read_hdf5(path)
    with h5py.File(path, "a") as file:
        del file[name]
        file[name] = h5py.SoftLink("/elsewhere")
    with pytest.raises(ValueError, match=f"{name}' is a link to somewhere else .SoftLink"):
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
