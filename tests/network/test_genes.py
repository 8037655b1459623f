"""Genes that share one array of promoters: the same numbers as copies, and no fold is copied."""

import numpy as np
import pytest

from skxpresso import LSTMRegressor, OneHotMatrix, XpressoRegressor
from skxpresso.network._keras import batches, training
from skxpresso.network._pause import digest_of_rows
from skxpresso.network.genes import Genes
from skxpresso.sequence import onehot as onehot_module
from skxpresso.sequence.code_rows import CodeRows
from tests.toys import TINY, random_codes

ROWS = np.random.default_rng(3).permutation(90)[:70]


@pytest.fixture(name="genes")
def fixture_genes():
    rng = np.random.default_rng(0)
    y = rng.normal(size=90)
    return Genes(random_codes(90, 30), rng.normal(size=(90, 2)).astype(np.float32), y, y**2)


def copied(genes, rows):
    """Select rows of every array."""
    return Genes(genes.codes[rows], genes.halflife[rows], genes.y[rows], genes.weight[rows])


def assert_same(one, other):
    for name in ("codes", "halflife", "y", "weight"):
        np.testing.assert_array_equal(np.asarray(getattr(one, name)), getattr(other, name))


def test_selected_genes_read_as_copies_do(genes):
    few, expected = genes.select(ROWS), copied(genes, ROWS)
    assert_same(few, expected)
    assert_same(few[5:40:3], expected[5:40:3])
    assert_same(few.select(np.arange(70) % 3 == 0), expected[::3])
    assert few.select([4, 1]).codes.base is genes.codes
    assert type(few[[1, 2]].codes) is np.ndarray
    assert digest_of_rows(few, None, few[:9]) == digest_of_rows(expected, expected[:9])
    np.testing.assert_array_equal(few.inputs()["promoter"], expected.inputs()["promoter"])


def test_parts_have_all_rows_in_turn_and_few_bases(genes, monkeypatch):
    monkeypatch.setattr(onehot_module, "_CHUNK_BASES", 500)  # sixteen promoters
    parts = list(genes.select(ROWS).parts(multiple=5))
    assert [len(part) for part in parts] == [15, 15, 15, 15, 10]
    names = ("codes", "halflife", "y", "weight")
    whole = Genes(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))
    assert_same(whole, copied(genes, ROWS))
    assert [len(part) for part in genes.select(ROWS).parts(multiple=40)] == [40, 30]
    assert next(genes.parts()) is genes


def largest_copies(monkeypatch):
    """Note how many rows are copied at once, whoever asks."""
    seen, plain = [], CodeRows.__getitem__

    def watched(self, rows):
        found = plain(self, rows)
        seen.append(len(found))
        return found

    def whole(self, dtype=None, copy=None):
        raise AssertionError(f"{len(self)} rows are copied at once")

    monkeypatch.setattr(CodeRows, "__getitem__", watched)
    monkeypatch.setattr(CodeRows, "__array__", whole)
    return seen


@pytest.mark.parametrize(
    "model",
    [
        XpressoRegressor(**TINY, engine="fused"),
        XpressoRegressor(**TINY, engine="keras"),
        pytest.param(LSTMRegressor(lstm_units=(2,)), marks=pytest.mark.slow),
    ],
    ids=["fused", "keras", "lstm"],
)
def test_a_network_on_a_fold_is_that_on_its_copy_and_copies_few_rows(genes, model, monkeypatch):
    monkeypatch.setattr(onehot_module, "_CHUNK_BASES", 500)  # sixteen promoters
    monkeypatch.setattr(batches, "_UNCOMPILED_ROWS", 16)
    monkeypatch.setattr(training, "_PROBE_ROWS", 16)
    model.set_params(epochs=2, batch_size=8, random_state=0, validation_fraction=0.3)
    X = OneHotMatrix(genes.codes, genes.halflife)
    weight = 1.0 * (np.arange(70) != 5)
    plain = OneHotMatrix(genes.codes[ROWS], genes.halflife[ROWS])
    expected = model.fit(plain, genes.y[ROWS], sample_weight=weight).predict(plain)
    history = model.history_
    few = X[ROWS]
    with monkeypatch.context() as patch:
        seen = largest_copies(patch)
        found = model.fit(few, genes.y[ROWS], sample_weight=weight).predict(few)
    np.testing.assert_array_equal(found, expected)
    assert model.history_ == history
    assert 8 <= max(seen) <= 16
