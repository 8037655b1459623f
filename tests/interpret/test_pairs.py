"""Pairs of substitutions against predicting every double mutant."""

from itertools import product

import numpy as np
import pytest

from skxpresso.baselines import kmer_baseline
from skxpresso.interpret import dependency_map, epistasis, saturation_mutagenesis


def naive(model, table, start, end):
    """Predict all single and double mutants of one promoter from their letters."""
    width = end - start
    promoter = table["promoter"].iloc[0]
    places = list(product(range(width), range(4)))
    pairs = list(product(places, places))
    mutants = []
    for changes in [(), *((one,) for one in places), *pairs]:
        letters = list(promoter)
        for place, base in changes:
            letters[start + place] = "ACGT"[base]
        mutants.append("".join(letters))
    predicted = model.predict(table.iloc[[0] * len(mutants)].assign(promoter=mutants))
    alone = predicted[1 : len(places) + 1]
    found = np.zeros((1, width, 4, width, 4))
    for (one, two), both in zip(pairs, predicted[len(places) + 1 :], strict=True):
        if one[0] != two[0]:
            expected = alone[places.index(one)] + alone[places.index(two)] - predicted[0]
            found[0, *one, *two] = both - expected
    return found


@pytest.mark.parametrize(("kind", "start", "end"), [("network", 8, 13), ("words", 26, 30)])
def test_all_pairs_are_predicted(kind, start, end, request, promoters):
    model, table = request.getfixturevalue(kind), promoters.data[:1]
    table = table.assign(promoter=table["promoter"].str[:10] + "N" + table["promoter"].str[11:])
    found = epistasis(model, table, start=start, end=end)
    expected = naive(model, table, start, end)
    np.testing.assert_allclose(found, expected, atol=1e-5)
    assert np.abs(expected).max() > 1e-3


def test_the_table_is_symmetric_and_empty_where_nothing_changes(network, promoters):
    found = epistasis(network, promoters.data[:2], start=3, end=15)
    np.testing.assert_array_equal(found, found.transpose(0, 3, 4, 1, 2))
    for row, promoter in enumerate(promoters.data["promoter"][:2]):
        for place in range(12):
            assert not found[row, place, :, place].any()
            assert not found[row, place, "ACGT".index(promoter[3 + place])].any()


def test_pairs_in_parts_are_the_same(network, promoters, monkeypatch):
    whole = epistasis(network, promoters.data[:1], start=0, end=9)
    monkeypatch.setattr("skxpresso.interpret.pairs.LETTERS_AT_A_TIME", 90)
    np.testing.assert_array_equal(epistasis(network, promoters.data[:1], start=0, end=9), whole)


def test_a_model_that_adds_up_has_no_dependencies(promoters):
    model = kmer_baseline(k=1).fit(promoters.data, promoters.target)
    assert np.ptp(saturation_mutagenesis(model, promoters.data[:1])) > 1e-3
    found = dependency_map(epistasis(model, promoters.data[:1], start=0, end=30))
    assert found.shape == (1, 30, 30)
    np.testing.assert_allclose(found, 0, atol=1e-5)


def test_a_stretch_that_is_too_long(network, promoters, monkeypatch):
    monkeypatch.setattr("skxpresso.interpret.pairs.MOST_BYTES", 2**20)
    with pytest.raises(ValueError, match=r"all pairs of 30 positions in 80 gene\(s\) would take"):
        epistasis(network, promoters.data, start=0, end=30)


def test_a_map_of_something_else():
    with pytest.raises(ValueError, match=r"interactions must have shape .*, got \(2, 3, 4\)"):
        dependency_map(np.zeros((2, 3, 4)))
