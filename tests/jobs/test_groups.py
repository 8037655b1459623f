"""Whole groups on one side of a split: in training, in the test of a search, in its folds."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skxpresso.datasets import make_promoters
from skxpresso.jobs._groups import group_genes, split_groups
from skxpresso.jobs._split import read_split
from skxpresso.jobs.tune import tune
from tests.toys import TINY


@settings(max_examples=60, deadline=None, database=None)
@given(st.lists(st.integers(0, 20), min_size=30, max_size=90), st.integers(0, 5))
def test_parts_hold_whole_groups_and_every_row_once(groups, seed):
    groups = np.array(groups)
    sizes = (3, 4)
    try:
        parts = split_groups(groups, sizes, seed)
    except ValueError:
        assert np.bincount(groups).max() > 3
        return
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(groups)))
    held = [set(groups[rows]) for rows in parts]
    assert not held[0] & held[1] | held[0] & held[2] | held[1] & held[2]
    for size, rows in zip(sizes, parts[1:], strict=True):
        assert 2 <= len(rows) <= size + 2  # the last group may exceed it


def test_one_seed_gives_one_split():
    groups = np.arange(60) // 2
    first, again, other = (split_groups(groups, (10,), seed)[1].tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_groups_too_large_are_refused():
    with pytest.raises(ValueError, match="groups of up to 40 of 40 genes, too large to keep 5 of"):
        split_groups(np.zeros(40), (5, 5))


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """A table of 60 genes, each of them twice under two names, with and without places."""
    folder = tmp_path_factory.mktemp("pairs")
    data = make_promoters(60, 40, random_state=0)
    table = data.data[["promoter"]].assign(EXPRESSION=data.target)
    twice = pd.concat([table, table.set_axis([f"copy{i}" for i in range(60)])])
    twice.to_csv(folder / "genes.tsv", sep="\t", index_label="ID")
    start = np.tile(np.arange(60) * 100, 2)
    placed = twice.assign(CHROM="chr1", START=start, END=start + 40)
    placed.to_csv(folder / "placed.tsv", sep="\t", index_label="ID")
    return folder


@pytest.mark.parametrize(("name", "min_shared"), [("genes.tsv", 30), ("placed.tsv", None)])
def test_training_keeps_copies_in_one_part(pairs, name, min_shared):
    split = read_split(pairs / name, min_shared=min_shared)
    seen = [set(part.X["promoter"]) for part in split]
    assert not seen[0] & seen[1] | seen[0] & seen[2] | seen[1] & seen[2]
    assert [len(part.y) for part in split] == [96, 12, 12]


def test_random_folds_split_copies(pairs):
    split = read_split(pairs / "placed.tsv", random_folds=True)
    assert set(split.train.X["promoter"]) & set(split.test.X["promoter"])


def test_whole_chromosomes_stay_on_one_side(pairs, tmp_path):
    table = pd.read_csv(pairs / "placed.tsv", sep="\t")
    table["CHROM"] = [f"chr{i % 20}" for i in range(len(table))]
    path = tmp_path / "genes.tsv"
    table.to_csv(path, sep="\t", index=False)
    split = read_split(path, by_chromosome=True)
    chroms = dict(zip(table["ID"], table["CHROM"], strict=True))
    held = [{chroms[name] for name in part.names} for part in split]
    assert [len(part) for part in held] == [16, 2, 2]
    assert not held[0] & held[1] | held[0] & held[2] | held[1] & held[2]
    for other in ({"random_folds": True}, {"min_shared": 30}):
        with pytest.raises(ValueError, match=f"{next(iter(other))}=.* asks for another way"):
            read_split(path, by_chromosome=True, **other)
    with pytest.raises(ValueError, match="chrom"):
        read_split(pairs / "genes.tsv", by_chromosome=True)


def test_a_folder_has_no_groups(tmp_path):
    with pytest.raises(ValueError, match="min_shared=30 is for a table, but"):
        read_split(tmp_path, min_shared=30)


@pytest.mark.slow
def test_search_keeps_copies_in_one_fold_and_out_of_the_test(pairs, tmp_path):
    out = tmp_path / "tuned.safetensors"
    layers = {name: TINY[name] for name in ("filters", "kernel_sizes", "dilation_rates")}
    space = {"xpresso__learning_rate": 0.01, "xpresso__pool_sizes": (6,)}
    tuned = tune(
        pairs / "genes.tsv", out, n_iter=1, cv=2, min_shared=30, space=space, figures="svg",
        verbose=0, epochs=1, dense_units=(4,), dropout_rates=(0.0,), **layers,
    )  # fmt: skip
    assert tuned.scores["n"].tolist() == [108, 12]
    trials = pd.read_csv(tuned.files["trials"], sep="\t")
    assert trials["mean_test_score"].tolist() == [tuned.search.best_score_]
    assert tuned.files["convergence"].read_text(encoding="utf-8").startswith("<?xml")
    assert "sha256" in tuned.files["report"].read_text(encoding="utf-8")


def test_groups_come_from_places_or_from_sequence():
    X = pd.DataFrame({"promoter": ["ACGTA", "CGTAG", "TTTTT"]})
    assert group_genes(X, pd.DataFrame()) is None
    places = pd.DataFrame({"chrom": "I", "start": [0, 90, 3], "end": [5, 95, 8]})
    assert group_genes(X, places).tolist() == [0, 1, 0]
    assert group_genes(X, places, min_shared=4).tolist() == [0, 0, 1]
