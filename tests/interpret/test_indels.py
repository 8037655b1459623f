"""Deletions and insertions against predicting the edited sequences, and against variant_effects."""

import numpy as np
import pandas as pd
import pytest

from skxpresso import make_xpresso_pipeline
from skxpresso.datasets import make_promoters
from skxpresso.interpret import deletions, insertions


def edited(sequence, window, start, stop, letters, anchor, tss):
    """Replace [start, stop) of a window of a longer sequence, letter by letter."""
    low, high = window
    longer = "N" * 40 + sequence + "N" * 40
    first = 40 + low
    marks = list(range(-first, len(longer) - first))  # where in the window a base stood
    at = first + start
    new = longer[:at] + letters + longer[first + stop :]
    marks = marks[:at] + [None] * len(letters) + marks[first + stop :]
    length = high - low
    if anchor == "tss":
        # the base of the TSS, or the first behind it that is left, stays at its place
        kept = next(i for i, mark in enumerate(marks) if mark is not None and mark >= tss)
        begin = kept - tss
    elif start < tss or (start == stop == tss):
        begin = first
    else:
        begin = first + len(new) - len(longer)
    return new[begin : begin + length]


def brute_force(model, table, window, edits, anchor, tss):
    low, high = window
    columns = []
    for start, stop, letters in edits:
        new = [
            p[:low] + edited(p, window, start, stop, letters, anchor, tss) + p[high:]
            for p in table["promoter"]
        ]
        columns.append(model.predict(table.assign(promoter=new)) - model.predict(table))
    return np.transpose(columns)


@pytest.mark.parametrize("anchor", ["tss", "end"])
@pytest.mark.parametrize(
    ("kind", "window", "tss"),
    [("network", (0, 30), 15), ("windowed", (5, 23), 10), ("words", (0, 30), 15)],
)
@pytest.mark.parametrize("width", [1, 4])
def test_deletions(request, promoters, kind, window, tss, anchor, width):
    model, table = request.getfixturevalue(kind), promoters.data[:3]
    effects = deletions(model, table, width=width, anchor=anchor)
    length = window[1] - window[0]
    assert effects.columns.tolist() == list(range(length - width + 1))
    edits = [(start, start + width, "") for start in effects.columns]
    expected = brute_force(model, table, window, edits, anchor, tss)
    np.testing.assert_allclose(effects, expected, atol=1e-5)
    assert np.abs(expected).max() > 0.01


@pytest.mark.parametrize("anchor", ["tss", "end"])
@pytest.mark.parametrize(
    ("kind", "window", "tss"),
    [("network", (0, 30), 15), ("windowed", (5, 23), 10), ("words", (0, 30), 15)],
)
@pytest.mark.parametrize(("insert", "letters"), [("GATTACA", "GATTACA"), (2, "NN")])
def test_insertions(request, promoters, kind, window, tss, anchor, insert, letters):
    model, table = request.getfixturevalue(kind), promoters.data[:3]
    effects = insertions(model, table, insert, step=2, start=1, anchor=anchor)
    assert effects.columns.tolist() == list(range(1, window[1] - window[0], 2))
    edits = [(place, place, letters) for place in effects.columns]
    expected = brute_force(model, table, window, edits, anchor, tss)
    np.testing.assert_allclose(effects, expected, atol=1e-5)
    assert np.abs(expected).max() > 0.01


def test_the_minus_strand_counts_from_its_own_end(promoters, tiny):
    X, y = promoters.data, promoters.target
    model = make_xpresso_pipeline(upstream=9, downstream=9, **tiny).fit(X, y)
    turned = make_xpresso_pipeline(upstream=9, downstream=9, strand="-", **tiny).fit(X, y)
    turned[-1].__dict__.update(model[-1].__dict__)  # the same network
    complement = str.maketrans("ACGT", "TGCA")
    minus = X.assign(promoter=[p.translate(complement)[::-1] for p in X["promoter"]])
    for function in (deletions, insertions):
        np.testing.assert_allclose(function(turned, minus[:2]), function(model, X[:2]), atol=1e-6)


def test_promoters_that_are_encoded_already(windowed, promoters):
    encoder = make_xpresso_pipeline()["encoder"]
    names = [name for name in promoters.data if name != "promoter"]
    halflife = windowed["halflife"].transform(promoters.data[:2])
    matrix = encoder.set_params(covariates=names).fit_transform(halflife)
    model = windowed[1:]
    expected = deletions(windowed, promoters.data[:2], width=3)
    found = deletions(model, matrix, width=3)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.index.tolist() == [0, 1]


@pytest.mark.parametrize("anchor", ["tss", "end"])
@pytest.mark.parametrize("strand", ["+", "-"])
def test_a_genome_says_the_same(tmp_path, tiny, anchor, strand):
    """Deletions and insertions as variants of a genome, on either strand."""
    genome = pytest.importorskip("skxpresso.genome")
    rng = np.random.default_rng(1)
    chromosome = "".join(rng.choice(list("ACGT"), 200))
    (tmp_path / "genome.fa").write_text(f">chr1\n{chromosome}\n")
    tss = 100
    data = make_promoters(40, length=30, random_state=3)
    model = make_xpresso_pipeline(upstream=12, downstream=10, **tiny)
    table = data.data[["promoter"]]
    model.fit(table, data.target)
    window = (tss - 15, tss + 15) if strand == "+" else (tss - 14, tss + 16)
    promoter = chromosome[slice(*window)]
    if strand == "-":
        promoter = promoter.translate(str.maketrans("ACGT", "TGCA"))[::-1]
    genes = pd.DataFrame({"chrom": "chr1", "tss": tss, "strand": strand}, index=["g"])
    place = 5  # in the window of the model
    at = tss - 12 + place if strand == "+" else tss + 12 - place - 2
    variants = pd.DataFrame(
        {
            "chrom": "chr1",
            "start": [at - 1],
            "ref": [chromosome[at - 1 : at + 3]],
            "alt": [chromosome[at - 1]],
        }
    )
    expected = genome.variant_effects(model, variants, genes, tmp_path / "genome.fa", anchor=anchor)
    effects = deletions(model, pd.DataFrame({"promoter": [promoter]}), width=3, anchor=anchor)
    assert effects.loc[0, place] == pytest.approx(expected["delta"].iloc[0], abs=1e-5)
    assert abs(expected["delta"].iloc[0]) > 1e-4


def test_a_batch_of_any_size_gives_the_same(windowed, promoters):
    whole = deletions(windowed, promoters.data[:4], width=2)
    some = deletions(windowed, promoters.data[:4], width=2, batch_size=5)
    np.testing.assert_allclose(some, whole, atol=1e-6)
    pd.testing.assert_index_equal(whole.index, promoters.data.index[:4])


# a clumsy user


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"width": 0}, "width must be at least 1, got 0"),
        ({"width": 12, "start": 20}, "width=12 must fit in the stretch of 10 nt"),
        ({"anchor": "start"}, "anchor must be 'tss' or 'end', got 'start'"),
        ({"end": 40}, "start=0 and end=40 must satisfy"),
    ],
)
def test_deletions_that_cannot_be(network, promoters, options, message):
    with pytest.raises(ValueError, match=message):
        deletions(network, promoters.data[:1], **options)


@pytest.mark.parametrize(
    ("insert", "error", "message"),
    [
        ("", ValueError, "insert must have at least one letter"),
        (0, ValueError, "insert must be at least 1, got 0"),
        (1.5, TypeError, r"insert must be letters of DNA or a number of bases, got 1\.5"),
        ("ACXT", ValueError, "row 'insert': unexpected character 'X' at position 2"),
        (31, ValueError, "insert must be no longer than the window of 30 nt, got 31 nt"),
    ],
)
def test_inserts_that_cannot_be(network, promoters, insert, error, message):
    with pytest.raises(error, match=message):
        insertions(network, promoters.data[:1], insert)
