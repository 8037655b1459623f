"""Tune the pipeline on a table: search, refit, score on genes kept apart, report."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
import pandas as pd
from sklearn.metrics import r2_score
from sklearn.model_selection import KFold, train_test_split

from skxpresso._utils.files import replacing
from skxpresso._utils.page import html_page
from skxpresso.metrics import pearson_r2_score
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.plots import plot_predictions
from skxpresso.saving import save_pipeline
from skxpresso.search import HyperoptSearchCV
from skxpresso.search.spaces import xpresso_is_feasible, xpresso_search_space

__all__ = ["Tuned", "tune_table"]


class Tuned(NamedTuple):
    """The fitted search, and the scores of its best pipeline on the test genes."""

    search: HyperoptSearchCV
    scores: pd.DataFrame
    files: list[Path]


def tune_table(
    X: pd.DataFrame,
    y: Any,
    out: str | Path,
    *,
    n_iter: int = 50,
    cv: int = 3,
    test_fraction: float = 0.1,
    checkpoint: str | Path | None = None,
    timeout: float | None = None,
    n_jobs: int | None = None,
    random_state: int = 0,
    verbose: int = 1,
    space: dict[str, Any] | None = None,
    **settings: Any,
) -> Tuned:
    """Search the published space on a table, and save the best pipeline and a report.

    Parameters
    ----------
    X : DataFrame
        Promoters of one length, and half-life columns if any.
    y : array-like of shape (n,)
        Expression.
    out : path-like
        Where the fitted pipeline goes, see `save_pipeline`; a name that ends in
        `.joblib` makes a pickle. The report lies beside it, under the same name:
        `.html`, `-convergence.png` and `-parameters.png`.
    n_iter, checkpoint, timeout, n_jobs, verbose
        Of `HyperoptSearchCV`.
    cv : int, default=3
        Folds, shuffled.
    test_fraction : float, default=0.1
        Genes that the search never sees.
    random_state : int, default=0
        Of split, folds, search and training.
    space : dict or None, default=None
        What to search. None: `xpresso_search_space` of the promoters' length.
    **settings : dict
        Parameters of `make_xpresso_pipeline` that are not searched.

    Returns
    -------
    Tuned

    Raises
    ------
    ValueError
        If promoters differ in length, or no candidate worked.
    """
    out = Path(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    if space is None:
        space = xpresso_search_space(_common_length(X))
    X, X_test, y, y_test = train_test_split(
        X, np.asarray(y), test_size=test_fraction, random_state=random_state
    )
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
    files = _save(out, search, scores, plot_predictions(y_test, predicted, title="Test genes"))
    return Tuned(search, scores, files)


def _common_length(X: pd.DataFrame) -> int:
    lengths = X["promoter"].str.len()
    if (lengths != lengths.iloc[0]).any():
        raise ValueError(
            "promoters must have one length to be tuned with the published space, "
            f"got lengths from {lengths.min()} to {lengths.max()}"
        )
    return int(lengths.iloc[0])


def _save(out: Path, search: HyperoptSearchCV, scores: pd.DataFrame, test_plot: Any) -> list[Path]:
    pictures: dict[str, Any] = {
        "convergence": search.plot_convergence().figure,
        "parameters": search.plot_parameters(),
    }
    files = [out]
    if out.suffix == ".joblib":
        with replacing(out) as name:
            joblib.dump(search.best_estimator_, name)
    else:
        save_pipeline(search.best_estimator_, out)
    for kind, figure in pictures.items():
        files.append(out.with_name(f"{out.stem}-{kind}.png"))
        with replacing(files[-1]) as name:
            figure.savefig(name, dpi=150)
    failures = sum(reason is not None for reason in search.cv_results_["failure"])
    page = html_page(
        f"Tuning of {out.name}",
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
    files.append(out.with_suffix(".html"))
    with replacing(files[-1]) as name:
        name.write_text(page, encoding="utf-8")
    return files


def _as_table(params: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({"parameter": params.keys(), "value": map(str, params.values())})
