"""Tune the pipeline on a table: search, refit, score on held-out genes, report."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, train_test_split

from skxpresso._utils.files import replacing
from skxpresso._utils.outputs import claimed
from skxpresso._utils.page import html_page
from skxpresso.datasets.table import ColumnNames, read_genes
from skxpresso.jobs._model_files import beside, save_model
from skxpresso.jobs._settings import LAYERS, choose_settings
from skxpresso.metrics import pearson_r2_score
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.plots import plot_predictions
from skxpresso.search import HyperoptSearchCV
from skxpresso.search.spaces import xpresso_is_feasible, xpresso_search_space

__all__ = ["Tuned", "tune"]


class Tuned(NamedTuple):
    """The fitted search, its best pipeline's scores on the test genes, and the files written."""

    search: HyperoptSearchCV
    scores: pd.DataFrame
    files: dict[str, Path]


def tune(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    n_iter: int = 50,
    cv: int = 3,
    test_fraction: float = 0.1,
    checkpoint: str | os.PathLike[str] | None = None,
    timeout: float | None = None,
    space: dict[str, Any] | None = None,
    species: str | None = None,
    halflife: bool = True,
    log10: bool = False,
    columns: ColumnNames | None = None,
    n_jobs: int | None = None,
    random_state: int = 0,
    verbose: int = 1,
    epochs: int = 10,
    **settings: Any,
) -> Tuned:
    """Search the published space on a table, and save the best pipeline and a report.

    Parameters
    ----------
    source : path-like
        A table with expression and promoters of one length, for `datasets.read_table`.
    out : path-like
        File for the fitted pipeline, as `save_pipeline` writes it, or a pickle if the name
        ends in `.joblib` or `.pkl`. The report is written beside it, under the same name:
        `.html`, `-convergence.png` and `-parameters.png`. Missing folders are made.
    n_iter, checkpoint, timeout, n_jobs, verbose
        Passed to `HyperoptSearchCV`.
    cv : int, default=3
        Number of folds, which are shuffled.
    test_fraction : float, default=0.1
        Fraction of the genes that the search never sees.
    space : dict or None, default=None
        Space to search. None means `xpresso_search_space` for the promoters' length.
    species : {"human", "mouse"} or None, default=None
        Species whose histone genes are left out.
    halflife : bool, default=True
        False leaves half-life columns out.
    log10 : bool, default=False
        Take log10(x + 0.1) of expression.
    columns : dict or None, default=None
        Names of columns of a table: parameters of `datasets.read_table`, such as
        ``{"promoter_column": "sequence"}``.
    random_state : int, default=0
        Seed of split, folds, search and training.
    epochs : int, default=10
        Largest number of passes over the genes in every fit; 10 as in the published search.
    **settings : dict
        Parameters of `make_xpresso_pipeline` that are not searched; optimizer and patience
        come from `xpresso_settings` unless given. The default `learning_rate` is 5e-4 for
        SGD and 1e-3 for other optimizers.

    Returns
    -------
    Tuned

    Raises
    ------
    OSError
        If a file cannot be read or written, or another process is writing it.
    ValueError
        If promoters differ in length, every candidate failed, or an output file is also an
        input.

    Examples
    --------
    >>> from skxpresso.jobs.tune import tune
    >>> tuned = tune("genes.tsv", "tuned.safetensors", n_iter=100)  # doctest: +SKIP
    >>> tuned.search.best_params_["encoder__upstream"]  # doctest: +SKIP
    5000
    """
    out = Path(out)
    kept = [] if checkpoint is None else [checkpoint]  # the search locks it
    with claimed(_files(out).values(), [source], locked_inside=kept):
        X, y, _ = read_genes(
            source, species=species, halflife=halflife, log10=log10, columns=columns
        )
        if space is None:
            space = xpresso_search_space(_common_length(X))
        X, X_test, y, y_test = train_test_split(
            X, y.to_numpy(), test_size=test_fraction, random_state=random_state
        )
        searched = {*LAYERS, "batch_size"}
        settings = choose_settings(X, settings | {"epochs": epochs}, len(y) + len(y_test), searched)
        search = HyperoptSearchCV(
            make_xpresso_pipeline(random_state=random_state, **settings),
            space,
            n_iter=n_iter,
            scoring="r2",
            cv=KFold(cv, shuffle=True, random_state=random_state),
            is_feasible=xpresso_is_feasible,
            checkpoint=checkpoint,
            timeout=timeout,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        ).fit(X, y)
        predicted = search.predict(X_test)
        scores = pd.DataFrame(
            {
                "genes": ["validation folds", "test"],
                "n": [len(X), len(X_test)],
                "r2": [search.best_score_, r2_score(y_test, predicted)],
                "squared Pearson": [np.nan, pearson_r2_score(y_test, predicted)],
            }
        )
        test_plot = plot_predictions(y_test, predicted, title="Test genes")
        return Tuned(search, scores, _save(_files(out), search, scores, test_plot))


def _common_length(X: pd.DataFrame) -> int:
    lengths = X["promoter"].str.len()
    if (lengths != lengths.iloc[0]).any():
        raise ValueError(
            "promoters must have one length to be tuned with the published space, "
            f"got lengths from {lengths.min()} to {lengths.max()}"
        )
    return int(lengths.iloc[0])


def _files(out: Path) -> dict[str, Path]:
    pictures = beside(out, {"convergence": ".png", "parameters": ".png"})
    return {"model": out, **pictures, "report": out.parent / f"{out.stem}.html"}


def _save(
    files: dict[str, Path], search: HyperoptSearchCV, scores: pd.DataFrame, test_plot: Any
) -> dict[str, Path]:
    pictures: dict[str, Any] = {
        "convergence": search.plot_convergence().figure,
        "parameters": search.plot_parameters(),
    }
    save_model(search.best_estimator_, files["model"])
    for kind, figure in pictures.items():
        with replacing(files[kind]) as name:
            figure.savefig(name, dpi=150)
    failures = sum(reason is not None for reason in search.cv_results_["failure"])
    page = html_page(
        f"Tuning of {files['model'].name}",
        {
            "Scores of the best pipeline": scores,
            "Search": f"{len(search.cv_results_['params'])} trials, {failures} of them failed "
            f"or infeasible; ended by {search.stop_reason_}",
            "Best parameters": _as_table(search.best_params_),
            "Best score over trials": pictures["convergence"],
            "Score against each parameter": pictures["parameters"],
            "Predictions": test_plot.figure,
        },
    )
    with replacing(files["report"]) as name:
        name.write_text(page, encoding="utf-8")
    return files


def _as_table(params: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({"parameter": params.keys(), "value": map(str, params.values())})
