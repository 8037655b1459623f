"""prepare_dataset: the published way is what scikit-learn and pandas make of the table."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from sklearn.model_selection import KFold
from sklearn.preprocessing import scale

import skxpresso
from skxpresso.datasets import make_promoters, prepare_dataset, read_hdf5, read_hdf5_splits
from skxpresso.halflife import HALF_LIFE_COLUMNS

LOGGED = ["EXPRESSION", "UTR5LEN", "CDSLEN", "INTRONLEN", "UTR3LEN", "ORFEXONDENSITY"]
NUMBERS = ["EXPRESSION", *HALF_LIFE_COLUMNS]
SMALL = {"n_test": 10, "n_valid": 7}


@pytest.fixture(name="genes", scope="module")
def fixture_genes():
    """60 genes in the published columns; expression in RPKM."""
    data = make_promoters(60, 30, random_state=0)
    table = data.data.rename(columns={"promoter": "PROMOTER"}).rename_axis("ENSID")
    table.index = [f"ENSG{i:011d}" for i in range(60)]
    return table.assign(EXPRESSION=np.maximum(10**data.target - 0.5, 0)).rename_axis("ENSID")


@pytest.fixture(name="table")
def fixture_table(genes, tmp_path):
    path = tmp_path / "genes.tsv.gz"
    genes.to_csv(path, sep="\t")
    return path


def shuffled_as_published(genes):
    """Do to the table what the published script did to it."""
    genes = genes.copy()
    genes[LOGGED] = np.log10(genes[LOGGED] + 0.1)
    genes = genes.sample(len(genes), replace=False, random_state=1)
    genes[NUMBERS] = scale(genes[NUMBERS])
    return genes


def assert_holds(path, genes):
    with h5py.File(path) as file:
        assert [name.decode() for name in file["geneName"]] == genes.index.tolist()
        np.testing.assert_allclose(file["data"], genes[list(HALF_LIFE_COLUMNS)], rtol=1e-9)
        np.testing.assert_allclose(file["label"], genes["EXPRESSION"], rtol=1e-9)
        for onehot, promoter in zip(file["promoter"], genes["PROMOTER"], strict=True):
            assert ["ACGT"[base] for base in onehot.argmax(axis=1)] == list(promoter)
            assert (onehot.sum(axis=1) == 1).all()


@pytest.mark.filterwarnings("ignore:published=True:UserWarning")
def test_published_split(genes, table, tmp_path):
    files = prepare_dataset(table, tmp_path / "out", published=True, log10=True, **SMALL)
    expected = shuffled_as_published(genes)
    assert list(files) == ["train", "valid", "test"]
    assert_holds(files["train"], expected[:43])
    assert_holds(files["valid"], expected[43:50])
    assert_holds(files["test"], expected[50:])


def test_published_folds(genes, table, tmp_path):
    masked = genes.index[:3].tolist()
    options = {"published": True, "log10": True, "folds": 4, "n_valid": 7}
    prepare_dataset(table, tmp_path, masked=masked, **options)
    expected = shuffled_as_published(genes[3:])
    for fold, (rest, test) in enumerate(KFold(4).split(expected), start=1):
        assert_holds(tmp_path / f"{fold}train.h5", expected.iloc[rest[7:]])
        assert_holds(tmp_path / f"{fold}valid.h5", expected.iloc[rest[:7]])
        assert_holds(tmp_path / f"{fold}test.h5", expected.iloc[test])
    assert len(list(tmp_path.glob("*.h5"))) == 12


def test_by_default_nothing_is_learned_from_genes_that_test(genes, table, tmp_path):
    splits = prepare_and_read(table, tmp_path / "a")
    for values in (splits["train"].X.covariates, splits["train"].y):
        np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-6)
        np.testing.assert_allclose(values.std(axis=0), 1, rtol=1e-6)
    # other values of the genes that test change nothing that trains
    changed = genes.copy()
    others = splits["test"].names + splits["valid"].names
    changed.loc[others, ["EXPRESSION", "CDSLEN"]] *= 100
    changed.to_csv(table, sep="\t")
    again = prepare_and_read(table, tmp_path / "b")
    np.testing.assert_array_equal(again["train"].X.covariates, splits["train"].X.covariates)
    np.testing.assert_array_equal(again["train"].y, splits["train"].y)
    assert (again["test"].X.covariates[:, 1] > splits["test"].X.covariates[:, 1]).all()


def prepare_and_read(table, folder, **settings):
    prepare_dataset(table, folder, **SMALL, **settings)
    return read_hdf5_splits(folder)


def test_both_ways_split_alike(table, tmp_path):
    with pytest.warns(UserWarning, match="published=True without species= or masked="):
        published = prepare_and_read(table, tmp_path / "a", published=True)
    ours = prepare_and_read(table, tmp_path / "b")
    assert {k: v.names for k, v in published.items()} == {k: v.names for k, v in ours.items()}
    other = prepare_and_read(table, tmp_path / "c", random_state=2)
    assert other["test"].names != ours["test"].names


@pytest.mark.parametrize("log10", [True, False])
def test_scaling_turns_everything_back(genes, table, tmp_path, log10):
    splits = prepare_and_read(table, tmp_path / "out", log10=log10)
    scaling = json.loads((tmp_path / "out/scaling.json").read_text())
    X, y, names = splits["test"]
    columns = dict(zip(X.covariate_names, X.covariates.T, strict=True))
    for name, values in (columns | {"expression": y}).items():
        how = scaling[name]
        values = values * how["scale"] + how["mean"]
        values = 10**values - 0.1 if how["log10"] else values
        np.testing.assert_allclose(values, genes.loc[names, name.upper()], rtol=1e-4, atol=1e-6)


def test_promoters_alone(genes, table, tmp_path):
    genes[["PROMOTER", "EXPRESSION"]].to_csv(table, sep="\t")
    assert prepare_and_read(table, tmp_path)["train"].X.shape == (43, 4 * 30)


def test_histones_are_left_out(genes, table, tmp_path):
    symbols = ["HIST1H4A", "H2AC18", *(f"GENE{i}" for i in range(58))]
    genes.assign(SYMBOL=symbols).to_csv(table, sep="\t")
    splits = prepare_and_read(table, tmp_path, species="human")
    names = {name for split in splits.values() for name in split.names}
    assert names == set(genes.index[2:])


def test_no_file_for_no_gene(table, tmp_path):
    files = prepare_dataset(table, tmp_path, n_test=0, n_valid=0)
    assert list(files) == ["train"]
    assert len(read_hdf5(files["train"]).y) == 60


def test_files_that_are_there_are_kept(table, tmp_path):
    files = prepare_dataset(table, tmp_path, **SMALL)
    before = files["train"].read_bytes()
    with pytest.raises(FileExistsError, match="already has 'train.h5'.*; overwrite=True"):
        prepare_dataset(table, tmp_path, random_state=3, **SMALL)
    assert files["train"].read_bytes() == before
    prepare_dataset(table, tmp_path, random_state=3, overwrite=True, **SMALL)
    assert files["train"].read_bytes() != before


@pytest.mark.parametrize(
    ("change", "settings", "message"),
    [
        (
            {"EXPRESSION": -1.0},
            {"log10": True},
            "log10=True needs expression of 0 or more, got -1.0 in row 'ENSG00000000000'",
        ),
        ({"CDSLEN": -1}, {}, "column 'CDSLEN' must hold values of 0 or more"),
        ({"CDSGC": np.nan}, {}, "column 'CDSGC' must hold no missing values"),
        ({"PROMOTER": ["A"] * 59 + ["AC"]}, {}, "row 'ENSG00000000059': the sequence has 2 nt"),
        ({"PROMOTER": "MKVL"}, {}, "unexpected character 'L' at position 3"),
        ({}, {"n_test": 60}, "60 rows cannot be split into 60 for testing, 1000 for validation"),
        ({}, {"folds": 61}, "k must be at least 2 and at most the 60 rows, got 61"),
        ({}, {"species": "human"}, "no column of .* holds symbols"),
    ],
)
def test_what_cannot_be_prepared(genes, table, tmp_path, change, settings, message):
    genes.assign(**change).to_csv(table, sep="\t")
    with pytest.raises(ValueError, match=message):
        prepare_dataset(table, tmp_path / "out", **settings)
    assert not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize(
    ("missing", "published", "message"),
    [
        ("EXPRESSION", False, "has no column EXPRESSION"),
        ("PROMOTER", False, "has no column PROMOTER"),
        ("CDSGC", True, "has no column CDSGC"),
    ],
)
def test_missing_columns(genes, table, tmp_path, missing, published, message):
    genes.drop(columns=missing).to_csv(table, sep="\t")
    with pytest.raises(ValueError, match=message):
        prepare_dataset(table, tmp_path / "out", published=published, masked=["a"])


KILLED = """
import os, signal, sys
import skxpresso.datasets.prepare as prepare
written = []

def write(path, *arguments):
    written.append(path)
    path.write_text("half")
    if len(written) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

prepare.write_arrays = write
prepare.prepare_dataset(*sys.argv[1:], n_test=10, n_valid=10)
"""


def test_a_run_that_was_killed_leaves_no_data_set(tmp_path):
    data = make_promoters(60, length=30, random_state=0)
    table, out = tmp_path / "genes.tsv", tmp_path / "out"
    data.data.assign(EXPRESSION=data.target).to_csv(table, sep="\t", index_label="ID")
    environment = os.environ | {"PYTHONPATH": str(Path(skxpresso.__file__).parents[1])}
    command = [sys.executable, "-c", KILLED, str(table), str(out)]
    killed = subprocess.run(command, env=environment, check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    left = [path.name for path in out.iterdir()]
    assert len(left) > 1
    assert all(name.startswith(".") for name in left)
    assert prepare_dataset(table, out, n_test=10, n_valid=10).keys() == {"train", "valid", "test"}
    names = ["scaling.json", "test.h5", "train.h5", "valid.h5"]
    assert sorted(path.name for path in out.iterdir()) == names
    (out / "valid.h5").unlink()
    message = "out already has 'train.h5', 'test.h5', 'scaling.json', but not 'valid.h5', as if"
    with pytest.raises(FileExistsError, match=message):
        prepare_dataset(table, out, n_test=10, n_valid=10)
    assert len(prepare_dataset(table, out, n_test=10, n_valid=10, overwrite=True)) == 3
