"""Compare models on a table of genes, and write a report."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import KFold

from skxpresso._utils.files import replacing
from skxpresso._utils.outputs import claimed
from skxpresso._utils.page import html_page
from skxpresso._utils.table import require_columns
from skxpresso.datasets.expression import log_expression
from skxpresso.datasets.table import ColumnNames, read_genes
from skxpresso.jobs.standard_models import standard_models
from skxpresso.metrics import METRICS
from skxpresso.model_selection import Scorecard, scorecard
from skxpresso.model_selection.groups import overlap_groups, shared_sequence_groups
from skxpresso.plots import new_figure, plot_predictions, plot_scorecard
from skxpresso.saving.pretrained import load_pretrained

__all__ = ["Evaluated", "evaluate"]

_ACROSS = 3  # number of pictures in a row
_REFERENCE = "network"


class Evaluated(NamedTuple):
    """The scorecard, a remark on its folds, and the files written."""

    card: Scorecard
    remarks: list[str]
    files: dict[str, Path]


def group_genes(
    X: pd.DataFrame, places: pd.DataFrame, min_shared: int | None = None
) -> npt.NDArray[np.intp] | None:
    """Group genes whose promoters share sequence, by location or by sequence.

    Parameters
    ----------
    X : DataFrame
        Genes, with a column `promoter` if `min_shared` is given.
    places : DataFrame
        The `chrom`, `start` and `end` of each promoter, 0-based and half-open. Columns may
        be missing.
    min_shared : int or None, default=None
        Group promoters that share an exact segment of this many nt, instead of those that
        overlap.

    Returns
    -------
    ndarray of int or None
        Group of each gene; None if there are no coordinates.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.jobs.evaluate import group_genes
    >>> X = pd.DataFrame({"promoter": ["ACGTA", "CGTAG", "TTTTT"]})
    >>> group_genes(X, pd.DataFrame()) is None
    True
    >>> group_genes(X, pd.DataFrame(), min_shared=4)
    array([0, 0, 1])
    """
    if min_shared is not None:
        require_columns(X, ["promoter"], f"min_shared={min_shared}")
        return shared_sequence_groups(X["promoter"], min_shared)
    return overlap_groups(places) if {"chrom", "start", "end"} <= set(places.columns) else None


def evaluate_models(
    estimators: Mapping[str, Any],
    X: pd.DataFrame,
    y: npt.ArrayLike,
    out: str | Path,
    *,
    groups: npt.ArrayLike | None = None,
    cv: int = 5,
    random_folds: bool = False,
    title: str = "Scorecard",
    remarks: Sequence[str] = (),
    random_state: int = 0,
    **options: Any,
) -> Evaluated:
    """Make a scorecard, and write it to a folder.

    Parameters
    ----------
    estimators, X, y, groups, random_state
        As in `scorecard`.
    cv : int, default=5
        Number of folds.
    random_folds : bool, default=False
        Make random folds even if there are groups. Intervals still come from groups.
    out : path-like
        Output folder for `scores.tsv`, `folds.tsv`, `predictions.tsv` and `report.html`;
        made if missing.
    title : str
        Title of the page.
    remarks : sequence of str
        Remarks for the page, placed before the one on the folds.
    **options : dict
        Passed to `scorecard`.

    Returns
    -------
    Evaluated
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    folds: Any = cv
    if random_folds:
        folds = list(KFold(cv, shuffle=True, random_state=random_state).split(X))
    card = scorecard(estimators, X, y, folds, groups, random_state=random_state, **options)
    remarks = [*remarks, _about_folds(card.predictions, groups is not None)]
    tables = {"scores": card.summary, "folds": card.folds, "predictions": card.predictions}
    files = _files(out)
    for name, table in tables.items():
        with replacing(files[name]) as path:
            table.to_csv(path, sep="\t", index=name == "predictions", index_label="gene")
    with replacing(files["report"]) as path:
        path.write_text(_page(card, title, remarks), encoding="utf-8")
    return Evaluated(card, remarks, files)


def evaluate(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    models: Sequence[str] | None = None,
    fitted: Sequence[str | os.PathLike[str]] = (),
    refit: bool = False,
    cv: int = 5,
    min_shared: int | None = None,
    random_folds: bool = False,
    replicates: Sequence[str] = (),
    reference: str | None = None,
    n_bootstrap: int = 1000,
    species: str | None = None,
    halflife: bool = True,
    log10: bool = False,
    columns: ColumnNames | None = None,
    n_jobs: int | None = None,
    random_state: int = 0,
    verbose: int = 1,
    **settings: Any,
) -> Evaluated:
    r"""Compare models on a table, and write a report.

    Parameters
    ----------
    source : path-like
        A table with expression, for `datasets.read_table`. Genes are grouped by overlap if
        it has the columns `chrom`, `start` and `end` of the promoter.
    out : path-like
        Output folder for `scores.tsv`, `folds.tsv`, `predictions.tsv` and `report.html`;
        made if missing.
    models : sequence of str or None, default=None
        Names of standard models, see `standard_models`. None means all that the table
        allows.
    fitted : sequence of path-like
        Fitted models, as for `load_pretrained`, to score without further training.
    refit : bool, default=False
        Use only the settings of the `fitted` models, and train them in every fold.
    cv : int, default=5
        Number of folds.
    min_shared : int or None, default=None
        Group promoters that share an exact segment of this many nt, see
        `shared_sequence_groups`, instead of those that overlap.
    random_folds : bool, default=False
        Make random folds even if there are groups. Intervals still come from groups.
    replicates : sequence of str
        Columns that hold replicates of expression.
    reference : str or None, default=None
        Model that the others are compared with. None means the network, or else the first.
    n_bootstrap : int, default=1000
        Number of draws for the intervals.
    species : {"human", "mouse"} or None, default=None
        Species whose histone genes are left out.
    halflife : bool, default=True
        False leaves half-life columns out.
    log10 : bool, default=False
        Take log10(x + 0.1) of expression and replicates.
    columns : dict or None, default=None
        Names of columns of a table: parameters of `datasets.read_table`, such as
        ``{"promoter_column": "sequence"}``.
    n_jobs : int or None, default=None
        Number of fits at once.
    random_state : int, default=0
        Seed of models, folds and bootstrap.
    verbose : int, default=1
        1 shows a progress bar if a terminal or a notebook displays standard error.
    **settings : dict
        Passed to `standard_models`: the window, and parameters of the network.

    Returns
    -------
    Evaluated

    Raises
    ------
    OSError
        If a file cannot be read or written, or another process is writing it.
    ValueError
        As for `datasets.table.read_genes`; if a column or a model is missing; or if an
        output file is also an input.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.jobs.evaluate import evaluate
    >>> folder = Path(tempfile.mkdtemp())
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> genes = data.data.assign(EXPRESSION=data.target)
    >>> genes.to_csv(folder / "genes.tsv", sep="\t", index_label="ID")
    >>> done = evaluate(folder / "genes.tsv", folder / "out", models=["mean", "halflife"])
    >>> list(done.card.models), done.files["report"].name
    (['mean', 'halflife'], 'report.html')
    """
    out = Path(out)
    with claimed(_files(out).values(), [source, *fitted]):
        X, y, others = read_genes(
            source,
            species=species,
            halflife=halflife,
            log10=log10,
            needed=(),
            others=["chrom", "start", "end", *replicates],
            columns=columns,
        )
        require_columns(others, replicates, f"the ceiling of {source}")
        repeated = others[list(replicates)].to_numpy() if replicates else None
        if log10 and replicates:
            repeated = log_expression(repeated, source)
        estimators = standard_models(X, models, random_state=random_state, **settings)
        for name, model in _read_fitted(fitted, refit).items():
            if name in estimators:
                raise ValueError(f"two models are called {name!r}; rename the file of one")
            estimators[name] = model
        if not estimators:
            raise ValueError("models names no model, and there is no fitted one")
        if reference is None:
            reference = _REFERENCE if _REFERENCE in estimators else next(iter(estimators))
        return evaluate_models(
            estimators,
            X,
            y.to_numpy(),
            out,
            groups=group_genes(X, others, min_shared),
            cv=cv,
            random_folds=random_folds,
            replicates=repeated,
            reference=reference,
            n_bootstrap=n_bootstrap,
            title=f"Models on {Path(source).name}",
            remarks=_about_fitted(fitted, refit),
            n_jobs=n_jobs,
            random_state=random_state,
            verbose=verbose,
        )


def _files(out: Path) -> dict[str, Path]:
    tables = {name: out / f"{name}.tsv" for name in ("scores", "folds", "predictions")}
    return tables | {"report": out / "report.html"}


def _read_fitted(fitted: Sequence[str | os.PathLike[str]], refit: bool) -> dict[str, Any]:
    """Load models under the names of their files."""
    models: dict[str, Any] = {}
    for file in fitted:
        name = Path(file).stem + ("" if refit else " (as it is)")
        if name in models:
            raise ValueError(f"two models are called {name!r}; rename the file {file}")
        model = load_pretrained(file)
        models[name] = model if refit else FrozenEstimator(model)
    return models


def _about_fitted(fitted: Sequence[Any], refit: bool) -> list[str]:
    if not fitted or refit:
        return []
    names = ", ".join(Path(file).stem for file in fitted)
    return [
        f"Scored as they are, not trained in the folds: {names}. On genes that they were "
        "trained on such scores mean nothing."
    ]


def _about_folds(predictions: pd.DataFrame, grouped: bool) -> str:
    """Say how many genes share a group with a gene of another fold."""
    n = f"{len(predictions):,} genes in {predictions['fold'].nunique()} folds"
    if not grouped:
        return (
            f"{n}, at random. What genes share sequence is not known: if promoters overlap, "
            "scores are on the optimistic side."
        )
    spread = predictions.groupby("group")["fold"].transform("nunique") > 1
    n_groups = f"{predictions['group'].nunique():,} groups of genes that share sequence"
    if not spread.any():
        return f"{n}, which keep {n_groups} together."
    return (
        f"{n}, at random. {100 * spread.mean():.1f} % of the genes share sequence with a gene "
        f"of another fold ({n_groups}): scores are on the optimistic side."
    )


def _page(card: Scorecard, title: str, remarks: Sequence[str]) -> str:
    parts: dict[str, Any] = {
        "Scores": card.table(METRICS),
        "Folds": " ".join(remarks),
        "Coefficient of determination": plot_scorecard(card, "r2").figure,
        "Squared Pearson correlation": plot_scorecard(card, "pearson_r2").figure,
        "Predictions, all folds thrown together": _draw_predictions(card),
        "Every fold": card.folds,
    }
    return html_page(title, parts)


def _draw_predictions(card: Scorecard) -> Any:
    """Draw a panel for each model that did not fail."""
    worked = [name for name in card.models if card.predictions[name].notna().all()]
    n_down = -(-len(worked) // _ACROSS) or 1
    figure = new_figure(4.5 * _ACROSS, 4 * n_down)
    axes = figure.subplots(n_down, _ACROSS, squeeze=False)
    for ax, name in zip(axes.flat, worked, strict=False):
        plot_predictions(card.predictions["measured"], card.predictions[name], title=name, ax=ax)
    for ax in axes.flat[len(worked) :]:
        ax.set_axis_off()
    return figure
