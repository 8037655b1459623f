"""The simple models that a network has to beat, and the scores of models on the same genes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.compose import make_column_selector, make_column_transformer
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from skxpresso.halflife import HalfLifeTransformer
from skxpresso.metrics import expression_scores
from skxpresso.model_selection.one_fold import fit_and_predict
from skxpresso.sequence.composition import CompositionEncoder
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.kmers import KmerCountEncoder
from skxpresso.sequence.shuffling import PromoterShuffler

__all__ = [
    "autoencoder_baseline",
    "composition_baseline",
    "halflife_baseline",
    "kmer_baseline",
    "lstm_baseline",
    "mean_baseline",
    "score_models",
    "shuffled_baseline",
]


def mean_baseline() -> DummyRegressor:
    """Make a model that predicts the mean of the training rows for every gene.

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


def halflife_baseline(*, boosting: bool = False, random_state: int | None = 0) -> Pipeline:
    """Make a regression on the half-life columns alone.

    Parameters
    ----------
    boosting : bool, default=False
        Use gradient boosting over trees, which captures thresholds and interactions,
        instead of a linear regression.
    random_state : int or None, default=0
        Seed of the boosting.

    Returns
    -------
    Pipeline
        A pipeline that takes a table; every numeric column is used.

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
        HistGradientBoostingRegressor(random_state=random_state)
        if boosting
        else LinearRegression(),
    )


def kmer_baseline(
    k: int = 6,
    *,
    upstream: int | None = None,
    downstream: int | None = None,
    halflife: bool = True,
    reverse_complement: bool = False,
    random_state: int | None = 0,
) -> Pipeline:
    """Make a ridge regression on k-mer frequencies and the half-life columns, if any.

    Parameters
    ----------
    k : int, default=6
        Length of the longest words.
    upstream, downstream : int or None, default=None
        Window in nt around the TSS, as in `OneHotPromoterEncoder`.
    halflife : bool, default=True
        Whether to use the other columns of a table as half-life features; False uses the
        k-mers alone.
    reverse_complement : bool, default=False
        Whether a word and its reverse complement count as one, as in `KmerCountEncoder`.
    random_state : int or None, default=0
        Seed of the folds that the penalty is chosen on.

    Returns
    -------
    Pipeline
        A pipeline that takes a table, a `OneHotMatrix`, or sequences alone. The penalty is
        chosen by cross-validation within the rows given to `fit`.

    Examples
    --------
    >>> from skxpresso.baselines import kmer_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(200, length=30, random_state=0)
    >>> kmer_baseline(k=2).fit(data.data, data.target).predict(data.data).shape
    (200,)
    """
    return make_pipeline(
        *_encoded(upstream, downstream, halflife),
        KmerCountEncoder(k, reverse_complement=reverse_complement),
        StandardScaler(with_mean=False),
        _ridge(random_state, solver="sparse_cg", tol=1e-3),
    )


def composition_baseline(
    window_size: int = 500,
    *,
    upstream: int | None = None,
    downstream: int | None = None,
    halflife: bool = True,
    random_state: int | None = 0,
) -> Pipeline:
    """Make a ridge regression on GC content and CpG ratio along the promoter.

    Parameters
    ----------
    window_size : int, default=500
        Window size of `CompositionEncoder`, in nt.
    upstream, downstream : int or None, default=None
        Window in nt around the TSS, as in `OneHotPromoterEncoder`.
    halflife : bool, default=True
        Whether to use the other columns of a table as half-life features.
    random_state : int or None, default=0
        Seed of the folds that the penalty is chosen on.

    Returns
    -------
    Pipeline
        A pipeline, as from `kmer_baseline`; all promoters must have the same length.

    Examples
    --------
    >>> from skxpresso.baselines import composition_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(200, length=30, random_state=0)
    >>> composition_baseline(10).fit(data.data, data.target).predict(data.data).shape
    (200,)
    """
    return make_pipeline(
        *_encoded(upstream, downstream, halflife),
        CompositionEncoder(window_size),
        StandardScaler(),
        _ridge(random_state),
    )


def shuffled_baseline(kind: str = "dinucleotide", **settings: Any) -> Pipeline:
    """Make the Xpresso pipeline with a step that shuffles the bases of every promoter.

    This is the control of the paper. It is trained and tested on shuffled promoters, so
    what it still explains is due to composition and half-life.

    Parameters
    ----------
    kind : {"dinucleotide", "mononucleotide"}, default="dinucleotide"
        How to shuffle, as in `PromoterShuffler`.
    **settings : dict
        Parameters of `make_xpresso_pipeline`. `random_state` seeds the shuffles, too.

    Returns
    -------
    Pipeline
        Steps `halflife`, `encoder`, `shuffler` and `xpresso`.

    Examples
    --------
    >>> from skxpresso.baselines import shuffled_baseline
    >>> pipeline = shuffled_baseline("mononucleotide", random_state=1)
    >>> [name for name, _ in pipeline.steps]
    ['halflife', 'encoder', 'shuffler', 'xpresso']
    """
    from skxpresso.pipeline import make_xpresso_pipeline  # Keras takes seconds to import

    pipeline = make_xpresso_pipeline(**settings)
    shuffler = PromoterShuffler(kind, random_state=settings.get("random_state"))
    pipeline.steps.insert(-1, ("shuffler", shuffler))
    return pipeline


def lstm_baseline(
    *,
    upstream: int | None = None,
    downstream: int | None = None,
    halflife: bool = True,
    **regressor: Any,
) -> Pipeline:
    """Make an LSTM on the promoter and the half-life columns, if any.

    Parameters
    ----------
    upstream, downstream : int or None, default=None
        Window in nt around the TSS, as in `OneHotPromoterEncoder`.
    halflife : bool, default=True
        Whether to use the other columns of a table as half-life features.
    **regressor : dict
        Parameters of `LSTMRegressor`. Its defaults suit promoters of about a hundred nt;
        for 10.5 kb, ``filters=(64, 64), kernel_sizes=(11, 9), dilation_rates=(1, 1),
        pool_sizes=(30, 4)`` leave the LSTM 87 positions.

    Returns
    -------
    Pipeline
        A pipeline, as from `kmer_baseline`; all promoters must have the same length.

    Examples
    --------
    >>> from skxpresso.baselines import lstm_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> model = lstm_baseline(lstm_units=(4,), epochs=1, random_state=0)
    >>> model.fit(data.data, data.target).predict(data.data).shape
    (60,)
    """
    from skxpresso.network.lstm import LSTMRegressor  # Keras takes seconds to import

    return make_pipeline(
        *_encoded(upstream, downstream, halflife),
        LSTMRegressor(**regressor),
    )


def autoencoder_baseline(
    k: int | None = 4,
    *,
    upstream: int | None = None,
    downstream: int | None = None,
    halflife: bool = True,
    **regressor: Any,
) -> Pipeline:
    """Make a pretrained dense network on k-mer frequencies and the half-life columns, if any.

    Parameters
    ----------
    k : int or None, default=4
        Length of the longest words. None uses one-hot bases instead of words, which are
        only informative if a position means the same in all promoters.
    upstream, downstream : int or None, default=None
        Window in nt around the TSS, as in `OneHotPromoterEncoder`.
    halflife : bool, default=True
        Whether to use the other columns of a table as half-life features.
    **regressor : dict
        Parameters of `DenoisingAutoencoderRegressor`.

    Returns
    -------
    Pipeline
        A pipeline, as from `kmer_baseline`; all promoters must have the same length.

    Examples
    --------
    >>> from skxpresso.baselines import autoencoder_baseline
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> model = autoencoder_baseline(k=2, pretrain_epochs=1, epochs=1, random_state=0)
    >>> model.fit(data.data, data.target).predict(data.data).shape
    (60,)
    """
    from skxpresso.network.autoencoder import (
        DenoisingAutoencoderRegressor,  # Keras takes seconds to import
    )

    words = [] if k is None else [KmerCountEncoder(k, sparse_output=False)]
    return make_pipeline(
        *_encoded(upstream, downstream, halflife),
        *words,
        DenoisingAutoencoderRegressor(**regressor),
    )


def _encoded(
    upstream: int | None, downstream: int | None, halflife: bool
) -> list[HalfLifeTransformer | OneHotPromoterEncoder]:
    """Return the first steps: half-life columns, if they are used, and the window."""
    if halflife:
        return [HalfLifeTransformer(), OneHotPromoterEncoder(upstream, downstream)]
    return [OneHotPromoterEncoder(upstream, downstream, covariates=[])]


def _ridge(random_state: int | None, **settings: Any) -> GridSearchCV:
    """Make a ridge regression that chooses its penalty among the rows that it is fitted on."""
    folds = KFold(3, shuffle=True, random_state=random_state)
    return GridSearchCV(Ridge(**settings), {"alpha": np.logspace(0, 5, 6)}, cv=folds)


def score_models(
    models: Mapping[str, Any], X: Any, y: npt.ArrayLike, X_test: Any, y_test: npt.ArrayLike
) -> tuple[pd.DataFrame, dict[str, npt.NDArray[np.float64]]]:
    """Fit every model on the same genes and score it on the same test genes.

    Parameters
    ----------
    models : mapping of str to estimator
        Models by name; they are fitted in place.
    X, X_test : DataFrame, or what the models take
        Training and test genes.
    y, y_test : array-like of shape (n,)
        Expression of the training and test genes.

    Returns
    -------
    scores : DataFrame
        One row per model, with columns `model`, `r2`, `pearson_r2`, and `seconds` that
        fitting took.
    predictions : dict of str to ndarray
        Predictions for the test genes, by model.

    See Also
    --------
    skxpresso.scorecard : Cross-validates models, with intervals.

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
