"""Put a motif into promoters, or destroy it there, and see what becomes of the prediction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import require_columns, shorten
from skxpresso.interpret._editing import effects_by_gene
from skxpresso.interpret._models import Edits, ExplainedModel, read_model
from skxpresso.interpret._replacing import check_replacement, gene_generators, replaced
from skxpresso.interpret._windows import check_at_least_one, gene_index, tss_of
from skxpresso.interpret.hits import find_in_codes
from skxpresso.interpret.motifs import Motif, as_motif
from skxpresso.sequence.encoder import reverse_complement

__all__ = ["ablate", "effect_by_distance", "plant"]

Codes = npt.NDArray[np.uint8]

_PLACES = 100  # where a motif is planted, unless told


def plant(
    model: Any,
    X: Any,
    motif: Any,
    *,
    positions: Sequence[int] | None = None,
    strand: str = "+",
    n_draws: int = 1,
    n_controls: int = 10,
    batch_size: int = 2048,
    random_state: Any = 0,
    verbose: int = 0,
) -> pd.DataFrame:
    """Put a motif into every promoter, at each of many places in turn.

    Parameters
    ----------
    model : estimator
        Fitted: a pipeline, a regressor, a search; anything that predicts one number
        from promoters.
    X : DataFrame, OneHotMatrix or 1-D sequences
        Genes, as for ``model.predict``.
    motif : Motif, str, or motif of Biopython
        What to plant; letters are a consensus.
    positions : sequence of int or None, default=None
        Where the motif starts in the window that the model reads, 0-based, 5' to 3' on
        the gene's strand. None: 100 places from one end of the window to the other, or
        all if there are fewer.
    strand : {"+", "-"}, default="+"
        On which strand the motif reads 5' to 3'; "+" is the gene's.
    n_draws : int, default=1
        1 plants the most frequent base of each position, the first of A, C, G, T among equals.
        More plants that many sites drawn from the frequencies, the same in all genes and
        places, and takes the mean.
    n_controls : int, default=10
        Shuffled sites planted in the same places: what it costs to overwrite what was there. 0:
        none.
    batch_size : int, default=2048
        Edited promoters that are predicted at a time where the compiled kernels do not
        apply.
    random_state : int, RandomState or None, default=0
        Seed of draws and controls.
    verbose : int, default=0
        1 shows a progress bar on the standard error.

    Returns
    -------
    DataFrame
        A row per gene and place, with the columns `gene`, as in the index of X; `start` and
        `end` in the window, 0-based and half-open; `strand`; `distance` of the start
        from the TSS in nt, negative upstream; `effect`: prediction with the motif minus that of
        the promoter, in the units of y; and `control`, the mean effect of the shuffled
        sites, NaN without.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If X holds no promoters, the motif is none, or a number is not an integer.
    ValueError
        If the model reads no promoter, the motif does not fit in its window at a position, or
        a parameter is not one of those above.

    See Also
    --------
    ablate : Destroys the sites that are there.
    effect_by_distance : The mean over genes.
    insertions : Moves bases aside instead of overwriting them.

    Examples
    --------
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.interpret import effect_by_distance, plant
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> model = kmer_baseline(k=2).fit(data.data, data.target)
    >>> effects = plant(model, data.data[:20], "TATAWAW", positions=[0, 10, 20])
    >>> effects.shape
    (60, 7)
    >>> effect_by_distance(effects)["n"].tolist()
    [20, 20, 20]
    """
    check_at_least_one(n_draws=n_draws, batch_size=batch_size)
    if strand not in ("+", "-"):
        raise ValueError(f"strand must be '+' or '-', got {shorten(strand)}")
    if n_controls:
        check_at_least_one(n_controls=n_controls)
    motif = as_motif(motif)
    explained = read_model(model, X)
    places = _places(positions, motif, explained.length)
    sites = _sites(motif, n_draws, n_controls, strand, random_state)

    def edits_of(row: int) -> Edits:
        return np.repeat(places, len(sites)), np.tile(sites, (len(places), 1))

    n_genes = len(explained.codes)
    effect, control = np.full((2, n_genes, len(places)), np.nan)
    size = len(places) * sites.size
    for row, values in effects_by_gene(explained, edits_of, size, batch_size, verbose):
        by_place = values.reshape(len(places), -1)
        effect[row] = by_place[:, :n_draws].mean(axis=1)
        if n_controls:
            control[row] = by_place[:, n_draws:].mean(axis=1)
    rows, starts = np.repeat(np.arange(n_genes), len(places)), np.tile(places, n_genes)
    table = pd.DataFrame({"start": starts, "end": starts + len(motif), "strand": strand})
    return _finished(table, model, X, explained, rows, effect.ravel(), control.ravel())


def ablate(
    model: Any,
    X: Any,
    motif: Any,
    *,
    p_value: float = 1e-4,
    strands: str = "both",
    background: npt.ArrayLike | None = None,
    by: str = "mononucleotide",
    n_draws: int = 10,
    n_controls: int = 10,
    batch_size: int = 2048,
    random_state: Any = 0,
    verbose: int = 0,
) -> pd.DataFrame:
    """Destroy the sites of a motif that are in the promoters, one at a time.

    Parameters
    ----------
    model : estimator
        Fitted: a pipeline, a regressor, a search; anything that predicts one number
        from promoters.
    X : DataFrame, OneHotMatrix or 1-D sequences
        Genes, as for ``model.predict``.
    motif : Motif, str, or motif of Biopython
        What to look for; letters are a consensus.
    p_value, strands, background
        Which sites count, as in `find_motifs`.
    by : {"mononucleotide", "dinucleotide", "unknown"}, default="mononucleotide"
        What takes the place of a site: its bases, shuffled with their counts, or those of
        pairs of neighbours, kept; or unknown bases.
    n_draws : int, default=10
        Shuffles of each site, whose mean effect is returned.
    n_controls : int, default=10
        Other places of the same promoter, drawn at random, that are destroyed in the same
        way: what any change does. 0: none.
    batch_size : int, default=2048
        Edited promoters that are predicted at a time where the compiled kernels do not
        apply.
    random_state : int, RandomState or None, default=0
        Seed of shuffles and controls. Those of a gene depend on the seed and its bases
        alone.
    verbose : int, default=0
        1 shows a progress bar on the standard error.

    Returns
    -------
    DataFrame
        A row per site, with the columns `gene`, as in the index of X; `start` and `end` in
        the window, 0-based and half-open; `strand`; `score` and `p_value` of the site;
        `distance` of the start from the TSS in nt, negative upstream; `effect`: prediction
        without the site minus that of the promoter, in the units of y, below zero where the
        site raises the prediction; and `control`, the mean effect of the other places, NaN
        without. It has no row where there are no sites.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If X holds no promoters, the motif is none, or a number is not an integer.
    ValueError
        If the model reads no promoter, or a parameter is not one of those above.

    See Also
    --------
    plant : Puts a motif where there is none.
    effect_by_distance : The mean over sites.

    Examples
    --------
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.interpret import ablate
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> model = kmer_baseline(k=2).fit(data.data, data.target)
    >>> effects = ablate(model, data.data[:20], data.motifs[0])  # planted once in each
    >>> effects["gene"].nunique()
    20
    """
    check_at_least_one(n_draws=n_draws, batch_size=batch_size)
    check_replacement(by)
    if n_controls:
        check_at_least_one(n_controls=n_controls)
    motif = as_motif(motif)
    explained = read_model(model, X)
    found = find_in_codes(explained.codes, motif, p_value, strands, background)
    draws = 1 if by == "unknown" else n_draws
    generators = gene_generators(explained.codes, random_state)
    rows, starts_found = found["row"].to_numpy(), found["start"].to_numpy()
    ends = np.searchsorted(rows, np.arange(len(explained.codes) + 1))  # rows are in order
    places = np.arange(max(0, explained.length - len(motif) + 1))

    def edits_of(row: int) -> Edits:
        starts = starts_found[ends[row] : ends[row + 1]]
        others = generators[row].choice(places, n_controls if len(starts) else 0)
        starts = np.append(starts, others)
        blocks = explained.codes[row][starts[:, None] + np.arange(len(motif))]
        return np.repeat(starts, draws), replaced(blocks, by, draws, generators[row])

    effect, control = np.full((2, len(found)), np.nan)
    size = draws * (1 + n_controls) * len(motif)
    for row, values in effects_by_gene(explained, edits_of, size, batch_size, verbose):
        sites = slice(ends[row], ends[row + 1])
        n_sites = sites.stop - sites.start
        means = values.reshape(-1, draws).mean(axis=1)
        effect[sites] = means[:n_sites]
        if n_controls and n_sites:
            control[sites] = means[n_sites:].mean()
    return _finished(found.drop(columns="row"), model, X, explained, rows, effect, control)


def effect_by_distance(effects: pd.DataFrame, *, width: int = 1) -> pd.DataFrame:
    """Average effects over genes, by distance from the TSS.

    Parameters
    ----------
    effects : DataFrame
        From `plant` or `ablate`.
    width : int, default=1
        Of the bins of distance, in nt; they start at multiples of it.

    Returns
    -------
    DataFrame
        A row per bin with the columns `n`, how many effects it holds; `effect`, their mean;
        `sem`, its standard error, NaN for one; and `control`, the mean of controls. The index
        is `distance`, where the bin starts, in nt from the TSS, negative upstream.

    Raises
    ------
    ValueError
        If a column is missing, or `width` is below 1.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.interpret import effect_by_distance
    >>> table = pd.DataFrame(
    ...     {"distance": [-12, -11, 3], "effect": [1.0, 2.0, 0.5], "control": 0.0}
    ... )
    >>> effect_by_distance(table, width=10).reset_index()
       distance  n  effect  sem  control
    0       -20  2     1.5  0.5      0.0
    1         0  1     0.5  NaN      0.0
    """
    check_at_least_one(width=width)
    require_columns(effects, ["distance", "effect", "control"], "effect_by_distance", "effects")
    bins = (effects["distance"] // width * width).rename("distance")
    grouped = effects.groupby(bins)
    return pd.DataFrame(
        {
            "n": grouped.size(),
            "effect": grouped["effect"].mean(),
            "sem": grouped["effect"].sem(),
            "control": grouped["control"].mean(),
        }
    )


def _places(positions: Any, motif: Motif, length: int) -> npt.NDArray[np.int64]:
    last = length - len(motif)
    if last < 0:
        raise ValueError(
            f"motif {shorten(motif.name)} of {len(motif)} nt must fit in the window of {length} nt"
        )
    if positions is None:
        return np.unique(np.linspace(0, last, _PLACES).round().astype(np.int64))
    places = np.asarray(positions)
    if places.ndim != 1 or not len(places) or not np.issubdtype(places.dtype, np.integer):
        raise TypeError(f"positions must be a list of integers, got {shorten(positions)}")
    outside = (places < 0) | (places > last)
    if outside.any():
        raise ValueError(
            f"positions must be 0 to {last}, so that the motif of {len(motif)} nt lies in the "
            f"window of {length} nt, got {places[outside][0]}"
        )
    return places.astype(np.int64)


def _sites(motif: Motif, n_draws: int, n_controls: int, strand: str, random_state: Any) -> Codes:
    """Return the sites to plant, and behind them shuffles of each in turn, as base codes."""
    best = motif.frequencies.argmax(axis=1).astype(np.uint8)[None]
    [rng] = gene_generators(best, random_state)
    drawn = best
    if n_draws > 1:
        edges = motif.frequencies.cumsum(axis=1)[:, :3]
        drawn = (rng.random((n_draws, len(motif), 1)) > edges).sum(axis=2).astype(np.uint8)
    controls = np.resize(drawn, (n_controls, len(motif)))
    sites = np.vstack([drawn, replaced(controls, "mononucleotide", 1, rng)])
    return reverse_complement(sites) if strand == "-" else sites


def _finished(
    table: pd.DataFrame,
    model: Any,
    X: Any,
    explained: ExplainedModel,
    rows: npt.NDArray[np.intp],
    effect: npt.NDArray[np.float64],
    control: npt.NDArray[np.float64],
) -> pd.DataFrame:
    table.insert(0, "gene", gene_index(X).take(rows))
    table["distance"] = table["start"] - tss_of(model, X, explained.length)
    return table.assign(effect=effect, control=control)
