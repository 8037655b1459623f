"""Blocks that are hidden or shuffled, against predicting the edited sequences."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from skxpresso.interpret import occlusion
from skxpresso.interpret._replacing import gene_generators, replaced
from tests.toys import random_codes


def hidden(model, table, starts, width, window_start=0):
    """Predict every promoter with N in the place of a block."""
    effects = []
    for start in starts:
        at = window_start + start
        edited = [p[:at] + "N" * width + p[at + width :] for p in table["promoter"]]
        effects.append(model.predict(table.assign(promoter=edited)) - model.predict(table))
    return np.transpose(effects)


@pytest.mark.parametrize("kind", ["network", "words"])
def test_hidden_blocks_are_runs_of_n(kind, request, promoters):
    model, table = request.getfixturevalue(kind), promoters.data[:4]
    effects = occlusion(model, table, width=7, step=5, start=2, end=29)
    assert effects.columns.tolist() == [2, 7, 12, 17, 22]
    assert effects.index.equals(table.index)
    np.testing.assert_allclose(effects, hidden(model, table, effects.columns, 7), atol=1e-5)
    assert np.abs(effects.to_numpy()).max() > 0.01


def test_blocks_stand_side_by_side_and_count_in_the_window(windowed, promoters):
    effects = occlusion(windowed, promoters.data[:3], width=4)
    assert effects.columns.tolist() == [0, 4, 8, 12]  # 16 and 17 make no block
    expected = hidden(windowed, promoters.data[:3], effects.columns, 4, window_start=5)
    np.testing.assert_allclose(effects, expected, atol=1e-5)


def test_shuffled_blocks_are_the_mean_of_predicted_shuffles(network, words, promoters):
    table = promoters.data[:2]
    codes = network["encoder"].transform(network["halflife"].transform(table)).codes
    for model in (network, words):
        effects = occlusion(model, table, width=9, by="mononucleotide", n_draws=3, random_state=5)
        for row, rng in enumerate(gene_generators(codes, 5)):
            blocks = codes[row].reshape(-1)[[range(0, 9), range(9, 18), range(18, 27)]]
            shuffles = replaced(blocks, "mononucleotide", 3, rng).reshape(3, 3, 9)
            for block, start in enumerate([0, 9, 18]):
                some = table.iloc[[row] * 3]
                edited = [
                    p[:start] + "".join("ACGT"[c] for c in shuffle) + p[start + 9 :]
                    for p, shuffle in zip(some["promoter"], shuffles[block], strict=True)
                ]
                mean = model.predict(some.assign(promoter=edited)).mean()
                assert effects.iloc[row, block] == pytest.approx(
                    mean - model.predict(some)[0], abs=1e-5
                )


@pytest.mark.parametrize("by", ["mononucleotide", "dinucleotide"])
def test_shuffles_keep_counts(by):
    blocks = random_codes(6, 12)
    shuffled = replaced(blocks, by, 4, np.random.default_rng(0)).reshape(6, 4, 12)
    order = 1 if by == "mononucleotide" else 2
    for block, draws in zip(blocks, shuffled, strict=True):
        for draw in draws:
            for n in range(1, order + 1):
                words = [
                    Counter(zip(*(s[i:] for i in range(n)), strict=False)) for s in (block, draw)
                ]
                assert words[0] == words[1]
    assert len({draw.tobytes() for draw in shuffled[0]}) > 1


def test_a_gene_has_the_same_shuffles_whatever_comes_with_it(network, promoters):
    def run(table, seed=0):
        return occlusion(network, table, by="dinucleotide", random_state=seed)

    together = run(promoters.data[:5])
    pd.testing.assert_frame_equal(run(promoters.data[3:5]), together[3:])
    assert not together.equals(run(promoters.data[:5], seed=1))


def test_genes_in_groups_are_genes_one_by_one(network, words, promoters, monkeypatch):
    for model in (network, words):
        together = occlusion(model, promoters.data[:5], by="mononucleotide")
        monkeypatch.setattr("skxpresso.interpret._editing.LETTERS_AT_A_TIME", 100)
        one_by_one = occlusion(model, promoters.data[:5], by="mononucleotide", batch_size=7)
        monkeypatch.undo()
        np.testing.assert_allclose(one_by_one, together, atol=1e-6)


def test_a_promoter_that_is_hidden_already_stays_what_it_is(network, promoters):
    table = promoters.data[:1].assign(promoter="N" * 20 + "ACGTACGTAC")
    effects = occlusion(network, table)
    np.testing.assert_array_equal(effects.iloc[0, :2], 0)


# a clumsy user


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width must be at least 1, got 0"),
        ({"step": 0}, "step must be at least 1, got 0"),
        ({"n_draws": -1}, "n_draws must be at least 1, got -1"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"by": "zeros"}, "by must be one of 'unknown', 'mononucleotide', .*, got 'zeros'"),
        ({"width": 31}, "width=31 must fit in the stretch of 30 nt"),
        ({"start": 5, "end": 31}, "start=5 and end=31 must satisfy"),
    ],
)
def test_numbers_that_cannot_be(network, promoters, options, message):
    with pytest.raises(ValueError, match=message):
        occlusion(network, promoters.data[:1], **options)


def test_a_width_that_is_no_integer(network, promoters):
    with pytest.raises(TypeError, match=r"width must be an integer, got 2\.5"):
        occlusion(network, promoters.data[:1], width=2.5)
