"""The simple models that a network has to beat, and the scores of models on the same genes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skxpresso._runs import fit_and_predict
from skxpresso.encoding import OneHotPromoterEncoder
from skxpresso.halflife import HalfLifeTransformer
from skxpresso.kmers import KmerCountEncoder
from skxpresso.metrics import expression_scores

__all__ = ["halflife_baseline", "kmer_baseline", "mean_baseline", "score_models"]


def mean_baseline() -> DummyRegressor:
    """Predict the mean of the training rows for every gene.

    Returns
    -------
    DummyRegressor

    Examples
    --------
    >>> from skxpresso.baselines import mean_baseline
    >>> mean_baseline().fit([[0], [0]], [1.0, 3.0]).predict([[0]])
    array([2.])
    """
    return DummyRegressor()


def halflife_baseline() -> Pipeline:
    """Make a linear regression on the half-life columns alone.

    Returns
    -------
    Pipeline
        Takes a table; every numeric column counts.

    Examples
    --------
    >>> from skxpresso.baselines import halflife_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(200, length=30, halflife_share=0.4, random_state=0)
    >>> float(halflife_baseline().fit(data.data, data.target).score(data.data, data.target)) > 0.3
    True
    """
    numbers = make_column_selector(dtype_include=np.number)
    return make_pipeline(
        HalfLifeTransformer(),
        make_column_transformer(("passthrough", numbers)),
        LinearRegression(),
    )


def kmer_baseline(
    k: int = 6,
    *,
    upstream: int | None = None,
    downstream: int | None = None,
    random_state: int | None = 0,
) -> Pipeline:
    """Make a ridge regression on k-mer frequencies and the half-life columns, if any.

    Parameters
    ----------
    k : int, default=6
        Longest word.
    upstream, downstream : int or None, default=None
        Window, as in `OneHotPromoterEncoder`.
    random_state : int or None, default=0
        Of the folds in which the penalty is chosen.

    Returns
    -------
    Pipeline
        Takes a table, or sequences alone. The penalty is chosen by cross-validation
        within the rows given to `fit`.

    Examples
    --------
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(200, length=30, random_state=0)
    >>> kmer_baseline(k=2).fit(data.data, data.target).predict(data.data).shape
    (200,)
    """
    penalties = {"alpha": np.logspace(0, 5, 6)}
    folds = KFold(3, shuffle=True, random_state=random_state)
    return make_pipeline(
        HalfLifeTransformer(),
        OneHotPromoterEncoder(upstream, downstream),
        KmerCountEncoder(k),
        StandardScaler(with_mean=False),
        GridSearchCV(Ridge(solver="sparse_cg", tol=1e-3), penalties, cv=folds),
    )


def score_models(
    models: Mapping[str, Any], X: Any, y: npt.ArrayLike, X_test: Any, y_test: npt.ArrayLike
) -> tuple[pd.DataFrame, dict[str, npt.NDArray[np.float64]]]:
    """Fit every model on the same genes and score it on the same others.

    Parameters
    ----------
    models : mapping of str to estimator
        Fitted in place.
    X, X_test : DataFrame, or what the models take
        Genes to train on, and to test.
    y, y_test : array-like of shape (n,)
        Expression.

    Returns
    -------
    scores : DataFrame
        One row per model: `model`, `r2`, `pearson_r2`, and `seconds` to fit.
    predictions : dict of str to ndarray
        Of the test genes.

    See Also
    --------
    skxpresso.scorecard : Cross-validation, with intervals.

    Examples
    --------
    >>> from skxpresso.baselines import mean_baseline, score_models
    >>> models = {"mean": mean_baseline()}
    >>> scores, _ = score_models(models, [[0], [0]], [1, 3], [[0], [0]], [0, 4])
    >>> scores[["model", "r2", "pearson_r2"]]
      model   r2  pearson_r2
    0  mean  0.0         0.0
    """
    rows, predictions = [], {}
    for name, model in models.items():
        predictions[name], seconds = fit_and_predict(model, X, y, X_test)
        scores = expression_scores(y_test, predictions[name])
        rows.append({"model": name, **scores, "seconds": seconds})
    return pd.DataFrame(rows)[["model", "r2", "pearson_r2", "seconds"]], predictions
