"""attribute: what bases and half-life numbers add to predictions, by one of five methods."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import check_random_state

from skxpresso._utils.progress import progress
from skxpresso._utils.table import quote, shorten
from skxpresso.interpret._gradients import Part, contributions_of, derivatives, path_contributions
from skxpresso.interpret._models import ExplainedModel, read_model
from skxpresso.interpret._references import References
from skxpresso.interpret._table import HalfLifeUnits, window_places
from skxpresso.interpret._windows import (
    check_at_least_one,
    check_memory,
    check_stretch,
    gene_index,
    tss_of,
)
from skxpresso.interpret.attribution import Attribution
from skxpresso.interpret.mutagenesis import substitutions

__all__ = ["attribute"]

METHODS = (
    "mutagenesis",
    "gradient",
    "gradient_x_input",
    "integrated_gradients",
    "expected_gradients",
)

TOLERATED = 0.05  # completeness: error by difference of predictions, both as root mean squares


def attribute(
    model: Any,
    X: Any,
    *,
    method: str = "mutagenesis",
    reference: Any = None,
    halflife_reference: Mapping[str, float] | None = None,
    n_references: int | None = None,
    n_steps: int = 50,
    start: int | None = None,
    end: int | None = None,
    batch_size: int = 2048,
    random_state: int | np.random.RandomState | None = 0,
    verbose: int = 0,
) -> Attribution:
    """Say what every base and every half-life number adds to the predictions.

    Parameters
    ----------
    model : estimator
        Fitted: a pipeline, a regressor, a search; for "mutagenesis" anything that predicts one
        number from promoters, for the gradients an Xpresso network in float32 with ReLU.
    X : DataFrame, OneHotMatrix or 1-D sequences
        Genes, as for ``model.predict``. A DataFrame with the columns `chrom`, `start`, `end`
        and `strand` of `genes_from_genome` gives the attribution its places.
    method : str, default="mutagenesis"
        "mutagenesis": every base is replaced by each other one, every half-life number by its
        reference. "gradient": the derivative by the one-hot base. "gradient_x_input": the
        derivative times the distance from the reference. "integrated_gradients": the mean of
        the derivatives on a straight way from the reference, times the distance, averaged
        over references. "expected_gradients": the same with one place on the way to each of
        many references, drawn at random.
    reference : str or array-like, default=None
        What promoters are compared with: "dinucleotide", shuffles of the gene's own promoter
        that keep the counts of neighbours; "uniform", a quarter of each base; "composition",
        the gene's own frequencies; "published", those of silent genes, as in the paper;
        "zeros"; or promoters: sequences, a OneHotMatrix, or an array of shape (W, 4) or
        (references, W, 4). None: "dinucleotide", or "zeros" for "gradient_x_input".
    halflife_reference : mapping of str to float, default=None
        What half-life columns are compared with, in the units of the table. Those that are
        not named: the mean of the training genes where there is a `HalfLifeTransformer`,
        else 0.
    n_references : int or None, default=None
        How many shuffles of each promoter. None: 10, or 100 for expected gradients.
    n_steps : int, default=50
        Steps on the way of integrated gradients.
    start, end : int or None, default=None
        The stretch to keep, as in `saturation_mutagenesis`; "mutagenesis" takes that much
        less time.
    batch_size : int, default=2048
        Mutants predicted at a time where the compiled kernels do not apply.
    random_state : int, RandomState or None, default=0
        Seed of shuffles and of places. Those of a gene depend on it and on the gene's bases,
        not on the other genes.
    verbose : int, default=0
        1 shows a progress bar on the standard error.

    Returns
    -------
    Attribution
        In the units of y. For "mutagenesis", `hypothetical` is the effect of each base less
        the mean effect of the four, so that a base contributes by how much it is better than
        the average of what could be there. For the other methods it is the derivative by each
        base, less that of the reference.

    Raises
    ------
    NotFittedError
        If the model is not fitted.
    TypeError
        If X holds no promoters.
    ValueError
        If the method is unknown or cannot be used with the model, the reference does not
        fit, the model reads no promoter, the stretch does not lie in the window, or the
        result is larger than the memory of this machine.

    Warns
    -----
    UserWarning
        If integrated gradients miss the difference of predictions by more than 5 %, or the
        columns of places do not fit the promoters.

    Notes
    -----
    Gradients are computed in compiled code, without TensorFlow. Integrated gradients are
    complete: contributions of bases and half-life numbers sum to the prediction less that of
    the references, but for `Attribution.completeness_error`, which shrinks with `n_steps`:
    in every step the derivatives at its two ends are mixed so that they say by how much the
    prediction changes, where a mixture can.
    The result takes 21 bytes for each position and gene; every gene's is its own, so that
    many genes can be taken in parts.

    References
    ----------
    Sundararajan M, Taly A, Yan Q (2017). Axiomatic attribution for deep networks. ICML 70.

    Erion G, Janizek JD, Sturmfels P, Lundberg SM, Lee SI (2021). Improving performance of
    deep learning models with axiomatic attribution priors and expected gradients. Nature
    Machine Intelligence 3:620-631.

    Examples
    --------
    >>> from skxpresso import make_xpresso_pipeline
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.interpret import attribute
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> pipeline = make_xpresso_pipeline(
    ...     filters=(4,), kernel_sizes=(5,), dilation_rates=(1,), pool_sizes=(10,),
    ...     epochs=2, random_state=0,
    ... ).fit(data.data, data.target)
    >>> attribution = attribute(pipeline, data.data[:2], method="integrated_gradients")
    >>> attribution.hypothetical.shape, attribution.halflife.shape
    ((2, 30, 4), (2, 8))
    >>> bool(abs(attribution.completeness_error).max() < 0.02)
    True
    """
    _check(method, reference, halflife_reference, n_references, n_steps)
    check_at_least_one(batch_size=batch_size)
    explained = read_model(model, X)
    if method != "mutagenesis" and not explained.networks:
        raise ValueError(
            f"method={method!r} needs an Xpresso network that the compiled kernels take: "
            f"{explained.obstacle}; method='mutagenesis' takes any model"
        )
    first, last = check_stretch(start, end, explained.length)
    check_memory(len(explained.codes), last - first, 21)
    units = HalfLifeUnits(model, explained, halflife_reference)
    if method == "mutagenesis":
        effects = substitutions(explained, first, last, batch_size, verbose)
        parts = _of_effects(explained, units, effects, first, batch_size)
    else:
        seed = int(check_random_state(random_state).randint(2**31 - 1))
        n = n_references or (100 if method == "expected_gradients" else 10)
        default = "zeros" if method in ("gradient", "gradient_x_input") else "dinucleotide"
        kind = default if reference is None else reference
        references = References(kind, explained.length, n, seed)
        parts = _of_gradients(explained, units, method, references, n_steps, n, seed)
    show = bool(verbose) and method != "mutagenesis"
    kept = slice(0, last - first) if method == "mutagenesis" else slice(first, last)
    fields = _gathered(explained, parts, kept, show)
    if method == "integrated_gradients":
        _warn_of_missing(fields, n_steps)
    if method not in ("integrated_gradients", "expected_gradients"):
        fields["reference_predictions"] = fields["completeness_error"] = None
    names = tuple(map(str, gene_index(X)))
    for name, values in (
        ("halflife_per_unit", _per_unit(units, method, fields["halflife"])),
        ("halflife", fields["halflife"]),
    ):
        table = pd.DataFrame(values, index=names, columns=units.names)
        fields[name] = None if values is None else table
    places = window_places(model, X, explained, first, last)
    return Attribution(
        names=names,
        codes=explained.codes[:, first:last],
        method=method,
        start=first,
        tss=tss_of(model, X, explained.length),
        places=None if places is None else places.set_axis(names),
        **fields,
    )


def _check(
    method: Any, reference: Any, halflife_reference: Any, n_references: Any, n_steps: Any
) -> None:
    if method not in METHODS:
        raise ValueError(f"method must be one of {quote(METHODS)}, got {shorten(method)}")
    if method in ("mutagenesis", "gradient") and reference is not None:
        raise ValueError(f"reference must be None: method={method!r} compares with no promoter")
    if method == "gradient" and halflife_reference is not None:
        raise ValueError("halflife_reference must be None: method='gradient' compares with nothing")
    check_at_least_one(n_steps=n_steps, n_references=1 if n_references is None else n_references)


def _of_effects(
    explained: ExplainedModel,
    units: HalfLifeUnits,
    effects: Iterator[npt.NDArray[np.float32]],
    first: int,
    batch_size: int,
) -> Iterator[Part]:
    """Centre the effects of mutagenesis; put every half-life number at its reference."""
    halflife = _of_halflife(explained, units, batch_size)
    for row, of_gene in enumerate(effects):
        known = explained.codes[row, first : first + len(of_gene)] < 4
        centre = np.where(known, of_gene.mean(axis=1), 0)
        yield Part(of_gene - centre[:, None], -centre, halflife[row])


def _of_halflife(
    explained: ExplainedModel, units: HalfLifeUnits, batch_size: int
) -> npt.NDArray[np.float64]:
    """Return prediction less that with each half-life number at its reference, (n, h)."""
    n, n_columns = explained.halflife.shape
    found = np.zeros((n, n_columns))
    for begin in range(0, n if n_columns else 0, batch_size):
        rows = np.arange(begin, min(begin + batch_size, n))
        there = explained.predict(explained.codes[rows], rows)
        for column in range(n_columns):
            numbers = explained.halflife[rows].copy()
            numbers[:, column] = units.reference[column]
            found[rows, column] = there - explained.predict(explained.codes[rows], rows, numbers)
    return found


def _of_gradients(
    explained: ExplainedModel,
    units: HalfLifeUnits,
    method: str,
    references: References,
    n_steps: int,
    n_draws: int,
    seed: int,
) -> Iterator[Part]:
    if method in ("integrated_gradients", "expected_gradients"):
        steps = n_steps if method == "integrated_gradients" else None
        yield from path_contributions(explained, references, units.reference, steps, n_draws, seed)
        return
    for row, (bases, covariates) in enumerate(derivatives(explained)):
        codes = explained.codes[row]
        if method == "gradient_x_input":
            covariates = covariates * (explained.halflife[row] - units.reference)
        starts = references.of(codes)
        slopes = np.broadcast_to(bases, (len(starts), *bases.shape))
        yield Part(*contributions_of(codes, slopes, starts), covariates)


def _gathered(
    explained: ExplainedModel, parts: Iterator[Part], kept: slice, show: bool
) -> dict[str, Any]:
    """Put the parts of all genes together, as fields of an Attribution."""
    n, width = len(explained.codes), kept.stop - kept.start
    hypothetical = np.empty((n, width, 4), np.float32)
    contributions = np.empty((n, width), np.float32)
    halflife = np.empty(explained.halflife.shape, np.float64)
    references, total = np.empty(n), np.empty(n)
    with progress(n, "genes", show=show) as advance:
        for row, part in enumerate(parts):
            hypothetical[row] = part.hypothetical[kept]
            contributions[row] = part.contributions[kept]
            halflife[row] = part.halflife
            references[row] = part.reference
            total[row] = part.contributions.sum(dtype=np.float64) + part.halflife.sum()
            advance()
    predictions = explained.predict(explained.codes, np.arange(n))
    return {
        "hypothetical": hypothetical,
        "contributions": contributions,
        "halflife": halflife,
        "predictions": predictions,
        "reference_predictions": references,
        "completeness_error": total - (predictions - references),
    }


def _warn_of_missing(fields: dict[str, Any], n_steps: int) -> None:
    error = fields["completeness_error"]
    difference = fields["predictions"] - fields["reference_predictions"]
    missed = np.sqrt(np.mean(error**2) / max(np.mean(difference**2), np.finfo(float).tiny))
    if missed > TOLERATED:
        warnings.warn(
            f"integrated gradients miss the difference of predictions by {100 * missed:.0f} % "
            f"(root mean squares over genes); raise n_steps={n_steps}, or n_references",
            UserWarning,
            stacklevel=3,
        )


def _per_unit(
    units: HalfLifeUnits, method: str, halflife: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64] | None:
    """Return contributions for one unit of the table's columns; None where those are unknown."""
    if not units.is_known:
        return None
    if method == "gradient":
        return halflife * units.slope()
    distance = units.distance()
    return np.divide(halflife, distance, where=distance != 0, out=np.full_like(halflife, np.nan))
