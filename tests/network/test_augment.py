"""Promoters read from either strand while a network trains."""

import numpy as np
import pandas as pd
import pytest
from Bio.Seq import reverse_complement
from sklearn.base import clone

from skxpresso import LSTMRegressor, XpressoRegressor
from skxpresso.network._keras.batches import Batches, EpochRows
from skxpresso.network.genes import Genes
from skxpresso.sequence.letters import decode
from tests.toys import TINY, random_codes

N, LENGTH = 60, 30


@pytest.fixture(name="genes")
def fixture_genes():
    halflife = np.arange(N, dtype=np.float32)[:, np.newaxis]
    return Genes(random_codes(N, LENGTH), halflife, np.arange(N) * 2.0, np.arange(N) + 1.0)


def read(genes, n_epochs, **settings):
    """Return number and promoter of the rows of some epochs, in the order of training."""
    rows = EpochRows(len(genes), np.random.default_rng(4), **settings)
    batches = Batches(genes, 16, rows)
    found = []
    for _ in range(n_epochs):
        epoch = [batches[i] for i in range(len(batches))]
        numbers = np.concatenate([inputs["halflife"][:, 0] for inputs, _, _ in epoch]).astype(int)
        for part, of in ((1, genes.y), (2, genes.weight)):  # y and weight stay with their row
            given = np.concatenate([np.ravel(batch[part]) for batch in epoch])
            np.testing.assert_array_equal(given, of[numbers])
        found.append((numbers, np.concatenate([inputs["promoter"] for inputs, _, _ in epoch])))
        batches.on_epoch_end()
    return found


@pytest.mark.parametrize("shuffle", [True, False])
def test_half_of_the_rows_come_from_the_other_strand_others_in_every_epoch(genes, shuffle):
    texts = decode(genes.codes)
    epochs = read(genes, 20, shuffle=shuffle, both_strands=True)
    turned = np.zeros((20, N), bool)
    for of_epoch, (numbers, codes) in zip(turned, epochs, strict=True):
        for number, text in zip(numbers, decode(codes), strict=True):
            of_epoch[number] = text != texts[number]
            assert text == (reverse_complement(texts[number]) if of_epoch[number] else text)
    assert abs(turned.mean() - 0.5) < 0.06  # four standard deviations of 1,200 draws
    assert 0.2 < turned.mean(axis=0).min() < turned.mean(axis=0).max() < 0.85
    assert len(np.unique(turned, axis=0)) == 20


def test_the_order_is_that_of_training_without(genes):
    plain, both = read(genes, 3), read(genes, 3, both_strands=True)
    for (order, _), (again, _) in zip(plain, both, strict=True):
        np.testing.assert_array_equal(order, again)
    assert not np.array_equal(plain[0][1], both[0][1])


@pytest.mark.parametrize("network", [XpressoRegressor, LSTMRegressor])
def test_palindromes_have_no_other_strand(network):
    halves = decode(random_codes(40, 12))
    X = pd.DataFrame({"promoter": [half + reverse_complement(half) for half in halves]})
    y = X["promoter"].str.count("[GC]").to_numpy() / 24
    small = (
        TINY
        if network is XpressoRegressor
        else {"filters": (3,), "lstm_units": (2,), "epochs": 1, "random_state": 0}
    )
    plain = network(**small)
    both = clone(plain).set_params(augment="reverse_complement")
    np.testing.assert_array_equal(plain.fit(X, y).predict(X), both.fit(X, y).predict(X))


def test_other_promoters_train_another_network(promoters, tiny):
    X, y = promoters.data[["promoter"]], promoters.target
    plain = XpressoRegressor(**tiny)
    both = clone(plain).set_params(augment="reverse_complement").fit(X, y)
    again = clone(both).fit(X, y)
    np.testing.assert_array_equal(both.predict(X), again.predict(X))
    assert not np.array_equal(both.predict(X), plain.fit(X, y).predict(X))
