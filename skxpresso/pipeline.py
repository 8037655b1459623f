"""The three steps that belong together, as one scikit-learn pipeline."""

from __future__ import annotations

from typing import Any

from sklearn.pipeline import Pipeline

from skxpresso.halflife import HalfLifeTransformer
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.sequence.encoder import OneHotPromoterEncoder

__all__ = ["make_xpresso_pipeline"]


def make_xpresso_pipeline(
    upstream: int | None = None,
    downstream: int | None = None,
    *,
    tss: int | None = None,
    sequence_column: str = "promoter",
    strand: str | None = None,
    unknown: str = "error",
    short: str = "error",
    missing: str = "error",
    memory: Any = None,
    transform_input: list[str] | None = None,
    **regressor: Any,
) -> Pipeline:
    """Make a pipeline from a table of promoters and half-life columns to expression.

    Parameters
    ----------
    upstream, downstream, tss, sequence_column, strand, unknown, short
        Parameters of `OneHotPromoterEncoder`. The published window of a promoter of ± 10
        kb is ``upstream=7000, downstream=3500``.
    missing : {"error", "mean"}, default="error"
        How to treat missing values, as in `HalfLifeTransformer`.
    memory, transform_input
        Parameters of `sklearn.pipeline.Pipeline`. ``transform_input=["X_val"]`` passes
        validation rows through the first two steps; see the user guide.
    **regressor : dict
        Parameters of `XpressoRegressor`.

    Returns
    -------
    sklearn.pipeline.Pipeline
        A pipeline with the steps `halflife`, `encoder` and `xpresso`.

    Examples
    --------
    >>> from skxpresso import make_xpresso_pipeline
    >>> pipeline = make_xpresso_pipeline(upstream=7000, downstream=3500, random_state=1)
    >>> [name for name, _ in pipeline.steps]
    ['halflife', 'encoder', 'xpresso']
    """
    encoder = OneHotPromoterEncoder(
        upstream,
        downstream,
        tss,
        sequence_column=sequence_column,
        strand=strand,
        unknown=unknown,
        short=short,
    )
    steps = [
        ("halflife", HalfLifeTransformer(missing=missing)),
        ("encoder", encoder),
        ("xpresso", XpressoRegressor(**regressor)),
    ]
    return Pipeline(steps, memory=memory, transform_input=transform_input)
