"""Tune the pipeline on a table: search, refit, score on held-out genes, report."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupKFold, KFold, train_test_split

from skxpresso._utils.files import replacing, together
from skxpresso._utils.memory import give_memory_back
from skxpresso._utils.outputs import claimed
from skxpresso._utils.page import html_page
from skxpresso.datasets.table import ColumnNames, read_genes
from skxpresso.jobs._groups import PLACES, check_folds, group_genes, split_groups
from skxpresso.jobs._model_files import beside, check_figures, save_figure, save_model
from skxpresso.jobs._packed import packed
from skxpresso.jobs._provenance import provenance
from skxpresso.jobs._settings import choose_settings, describe
from skxpresso.jobs._tuning_space import TuningSpace, choose_space
from skxpresso.metrics import pearson_r2_score
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.plots import plot_predictions
from skxpresso.search import HyperoptSearchCV
from skxpresso.search.spaces import xpresso_is_feasible

__all__ = ["Tuned", "tune"]

_log = logging.getLogger(__name__)


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
    halving: bool = False,
    space: dict[str, Any] | None = None,
    species: str | None = None,
    halflife: bool = True,
    log10: bool = False,
    columns: ColumnNames | None = None,
    min_shared: int | None = None,
    by_chromosome: bool = False,
    random_folds: bool = False,
    figures: str = "png",
    unit: str = "",
    n_jobs: int | None = None,
    random_state: int = 0,
    verbose: int = 1,
    epochs: int | None = None,
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
        `.html`, `-trials.tsv` with the scores, the parameters and what went wrong,
        `-convergence.png` and `-parameters.png`. Missing folders are made.
    n_iter, checkpoint, timeout, n_jobs, verbose
        Passed to `HyperoptSearchCV`.
    halving : bool, default=False
        Let candidates drop out while epochs grow: the best third of those that trained a few
        go on with three times as many, up to `epochs`. See `HyperoptSearchCV`.
    cv : int, default=3
        Number of folds, which are shuffled.
    test_fraction : float, default=0.1
        Fraction of the genes that the search never sees.
    space : dict or None, default=None
        Space to search. None means `xpresso_search_space`, the published one, for promoters
        of 3,000 nt or more. Shorter ones are read whole, and layers, batch size and learning
        rate are searched around those of `xpresso_settings`, which are tried first.
    species : {"human", "mouse"} or None, default=None
        Species whose histone genes are left out.
    halflife : bool, default=True
        False leaves half-life columns out.
    log10 : bool, default=False
        Take log10(x + 0.1) of expression.
    columns : dict or None, default=None
        Names of columns of a table: parameters of `datasets.read_table`, such as
        ``{"promoter_column": "sequence"}``.
    min_shared : int or None, default=None
        Keep promoters that share an exact segment of this many nt in one fold, and out of the
        test or in it together, instead of those that overlap, which a table with the columns
        `chrom`, `start` and `end` tells.
    by_chromosome : bool, default=False
        Keep the genes of each chromosome on one side, in place of those that overlap; the table
        has a column `chrom`.
    random_folds : bool, default=False
        Split at random even if promoters share sequence.
    figures : {"png", "svg", "pdf"}, default="png"
        Format of the pictures.
    unit : str, default=""
        Unit of expression, such as ``"log10 TPM"``, for the axes of predictions.
    random_state : int, default=0
        Seed of split, folds, search and training.
    epochs : int or None, default=None
        Largest number of passes over the genes in every fit. None means 10, as in the
        published search, or 30 for promoters of less than 3,000 nt.
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
    with claimed(_files(out, figures).values(), [source], locked_inside=kept):
        X, y, places = read_genes(
            source, species=species, halflife=halflife, log10=log10, columns=columns, others=PLACES
        )
        groups = group_genes(X, places, min_shared, by_chromosome, random_folds)
        chosen = _space_for(X, space, settings | {"epochs": epochs})
        rows, tested = _hold_out(len(X), groups, test_fraction, random_state)
        X, X_test, y, y_test = X.iloc[rows], X.iloc[tested], y.iloc[rows], y.iloc[tested]
        groups = None if groups is None else groups[rows]
        check_folds(groups, cv)
        n_genes = len(y) + len(y_test)
        settings |= {"epochs": chosen.epochs}
        settings = choose_settings(X, settings, n_genes, chosen.searched)
        search = HyperoptSearchCV(
            make_xpresso_pipeline(random_state=random_state, **settings),
            chosen.space,
            n_iter=n_iter,
            scoring="r2",
            cv=(KFold if groups is None else GroupKFold)(
                cv, shuffle=True, random_state=random_state
            ),
            is_feasible=xpresso_is_feasible,
            points_to_evaluate=chosen.points or None,
            checkpoint=checkpoint,
            timeout=timeout,
            resource="xpresso__epochs" if halving else None,
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )
        with packed(X) as X:
            give_memory_back()  # of the text
            search.fit(X, y.to_numpy(), groups=groups)
        _say_if_nothing_was_found(search)
        predicted = search.predict(X_test)
        scores = pd.DataFrame(
            {
                "genes": ["validation folds", "test"],
                "n": [len(X), len(X_test)],
                "r2": [search.best_score_, r2_score(y_test, predicted)],
                "squared Pearson": [np.nan, pearson_r2_score(y_test, predicted)],
            }
        )
        test_plot = plot_predictions(y_test, predicted, title="Test genes", unit=unit)
        made = provenance(source, _entries(search, n_genes, random_state))
        return Tuned(search, scores, _save(_files(out, figures), search, scores, test_plot, made))


def _space_for(
    X: pd.DataFrame, space: dict[str, Any] | None, settings: dict[str, Any]
) -> TuningSpace:
    if space is not None:
        return TuningSpace(space, [], settings["epochs"] or 10)
    return choose_space(_common_length(X), len(X), settings)


def _say_if_nothing_was_found(search: HyperoptSearchCV) -> None:
    if search.best_score_ <= 0:
        _log.warning(
            "no trial predicts better than the mean of the genes: the best of %s has a "
            "cross-validated r2 of %.3f; more trials or more epochs may find one, or expression "
            "does not follow from these promoters",
            len(search.trials_),
            search.best_score_,
        )


def _hold_out(
    n: int, groups: npt.NDArray[np.intp] | None, fraction: float, random_state: int
) -> list[npt.NDArray[np.intp]]:
    """Return the rows to search with and those to test, of whole groups if there are any."""
    if groups is not None:
        return split_groups(groups, (max(2, round(fraction * n)),), random_state)
    return train_test_split(np.arange(n), test_size=fraction, random_state=random_state)


def _common_length(X: pd.DataFrame) -> int:
    lengths = X["promoter"].str.len()
    if (lengths != lengths.iloc[0]).any():
        raise ValueError(
            "promoters must have one length to be tuned with the published space, "
            f"got lengths from {lengths.min()} to {lengths.max()}"
        )
    return int(lengths.iloc[0])


def _files(out: Path, figures: str) -> dict[str, Path]:
    picture = f".{check_figures(figures)}"
    pictures = beside(out, {"convergence": picture, "parameters": picture, "trials": ".tsv"})
    return {"model": out, **pictures, "report": out.parent / f"{out.stem}.html"}


def _entries(search: HyperoptSearchCV, n_genes: int, seed: int) -> dict[str, Any]:
    """Name seed, genes, folds and the network, for the table of how the page was made."""
    return {
        "seed": seed,
        "genes": f"{n_genes:,}",
        "folds": f"{search.n_splits_} of the genes that were not kept apart for the test",
        "best network": describe(search.best_estimator_[-1].get_params()),
    }


def _save(
    files: dict[str, Path],
    search: HyperoptSearchCV,
    scores: pd.DataFrame,
    test_plot: Any,
    made: pd.DataFrame,
) -> dict[str, Path]:
    pictures: dict[str, Any] = {
        "convergence": search.plot_convergence().figure,
        "parameters": search.plot_parameters(),
    }
    trials = search.results_table()
    page = html_page(
        f"Tuning of {files['model'].name}",
        {
            "Scores of the best pipeline": scores,
            "Search": _about_search(trials, search.stop_reason_),
            "Best parameters": _as_table(search.best_params_),
            "Best score over trials": pictures["convergence"],
            **_halving(search),
            "Score against each parameter": pictures["parameters"],
            "Predictions for the test genes": test_plot.figure,
            "How this was made": made,
        },
    )
    with together():
        for kind, figure in pictures.items():
            save_figure(figure, files[kind])
        with replacing(files["trials"]) as name:
            trials.to_csv(name, sep="\t", index=False)
        with replacing(files["report"]) as name:
            name.write_text(page, encoding="utf-8")
        save_model(search.best_estimator_, files["model"])  # last: newer than what belongs to it
    return files


def _halving(search: HyperoptSearchCV) -> dict[str, Any]:
    """Draw who went up, for the page of a search that halves."""
    if search.resource is None:
        return {}
    return {"Candidates that went up with the epochs": search.plot_halving().figure}


def _about_search(trials: pd.DataFrame, stop_reason: str) -> str:
    """Count the trials, and the reasons why some failed."""
    reasons = trials.loc[trials["failure"] != "", "failure"].str.slice(0, 120).value_counts()
    failed = "; ".join(f"{count} times: {reason}" for reason, count in reasons.head(5).items())
    n_trials = trials["trial"].nunique()
    text = f"{n_trials} trials, {reasons.sum()} of them failed or infeasible"
    return f"{text}{f' ({failed})' if failed else ''}; ended by {stop_reason}."


def _as_table(params: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame({"parameter": params.keys(), "value": map(str, params.values())})
