"""Compare models on a table of genes, and write the comparison down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import KFold

from skxpresso._utils.files import replacing
from skxpresso._utils.page import html_page
from skxpresso._utils.table import require_columns
from skxpresso.datasets import read_columns, read_table
from skxpresso.datasets.expression import log_expression
from skxpresso.jobs.standard_models import standard_models
from skxpresso.metrics import METRICS
from skxpresso.model_selection import Scorecard, scorecard
from skxpresso.model_selection.groups import overlap_groups, shared_sequence_groups
from skxpresso.plots import new_figure, plot_predictions, plot_scorecard
from skxpresso.saving.pretrained import load_pretrained

__all__ = ["Evaluated", "evaluate_models", "evaluate_table", "group_genes"]

_ACROSS = 3  # pictures in a row
_REFERENCE = "network"


class Evaluated(NamedTuple):
    """The scorecard, what is to be said of its folds, and the files that hold it."""

    card: Scorecard
    remarks: list[str]
    files: dict[str, Path]


def group_genes(
    X: pd.DataFrame, places: pd.DataFrame, shared: int | None = None
) -> npt.NDArray[np.intp] | None:
    """Group genes whose promoters share sequence, by what is known of them.

    Parameters
    ----------
    X : DataFrame
        With a column `promoter` for `shared`.
    places : DataFrame
        `chrom`, `start` and `end` of each promoter, 0-based and half-open, or fewer columns.
    shared : int or None, default=None
        Group promoters with an exact segment of so many nt in common, instead of those that
        overlap.

    Returns
    -------
    ndarray of int or None
        None where there are no coordinates.

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.jobs.evaluate import group_genes
    >>> X = pd.DataFrame({"promoter": ["ACGTA", "CGTAG", "TTTTT"]})
    >>> group_genes(X, pd.DataFrame()) is None
    True
    >>> group_genes(X, pd.DataFrame(), shared=4)
    array([0, 0, 1])
    """
    if shared is not None:
        require_columns(X, ["promoter"], "grouping by sequence")
        return shared_sequence_groups(X["promoter"], shared)
    return overlap_groups(places) if {"chrom", "start", "end"} <= set(places.columns) else None


def evaluate_models(
    estimators: Mapping[str, Any],
    X: pd.DataFrame,
    y: npt.ArrayLike,
    out: str | Path,
    *,
    groups: npt.ArrayLike | None = None,
    cv: int = 5,
    cut_groups: bool = False,
    title: str = "Scorecard",
    remarks: Sequence[str] = (),
    random_state: int = 0,
    **settings: Any,
) -> Evaluated:
    """Make a scorecard, and write it to a folder.

    Parameters
    ----------
    estimators, X, y, groups, random_state
        As of `scorecard`.
    cv : int, default=5
        Folds.
    cut_groups : bool, default=False
        Make folds at random, though there are groups. Intervals still come from groups.
    out : path-like
        Folder for `scores.tsv`, `folds.tsv`, `predictions.tsv` and `report.html`; made if
        missing.
    title : str
        Of the page.
    remarks : sequence of str
        For the page, before what is said of the folds.
    **settings : dict
        Of `scorecard`.

    Returns
    -------
    Evaluated
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    folds: Any = cv
    if cut_groups:
        folds = list(KFold(cv, shuffle=True, random_state=random_state).split(X))
    card = scorecard(estimators, X, y, folds, groups, random_state=random_state, **settings)
    remarks = [*remarks, _about_folds(card.predictions, groups is not None)]
    tables = {"scores": card.summary, "folds": card.folds, "predictions": card.predictions}
    files = {name: out / f"{name}.tsv" for name in tables}
    for name, table in tables.items():
        with replacing(files[name]) as path:
            table.to_csv(path, sep="\t", index=name == "predictions", index_label="gene")
    files["report"] = out / "report.html"
    with replacing(files["report"]) as path:
        path.write_text(_page(card, title, remarks), encoding="utf-8")
    return Evaluated(card, remarks, files)


def evaluate_table(
    path: str | Path,
    out: str | Path,
    *,
    models: Sequence[str] | None = None,
    fitted: Sequence[str | Path] = (),
    refit: bool = False,
    shared: int | None = None,
    replicates: Sequence[str] = (),
    log10: bool = False,
    reference: str | None = None,
    settings: Mapping[str, Any] | None = None,
    random_state: int = 0,
    **options: Any,
) -> Evaluated:
    """Compare models on a table, and write a report.

    Parameters
    ----------
    path : path-like
        A table as of `datasets.read_table`, with expression. Genes are grouped by overlap
        where it has the columns `chrom`, `start` and `end`, of the promoter.
    out : path-like
        Folder, see `evaluate_models`.
    models : sequence of str or None, default=None
        Of the standard set, see `standard_models`. None: all that the table allows.
    fitted : sequence of path-like
        Fitted models, as `load_pretrained` takes them, to be scored as they are.
    refit : bool, default=False
        Take the settings of `fitted` only, and train them in every fold.
    shared : int or None, default=None
        Group promoters that have an exact segment of so many nt in common.
    replicates : sequence of str
        Columns that hold replicates of expression.
    log10 : bool, default=False
        Take log10(x + 0.1) of expression and replicates.
    reference : str or None, default=None
        Model that the others are compared with. None: the network, or else the first.
    settings : mapping or None, default=None
        Of `standard_models`.
    random_state : int, default=0
        Of models, folds and bootstrap.
    **options : dict
        Of `evaluate_models`.

    Returns
    -------
    Evaluated

    Raises
    ------
    OSError, ValueError
        As `datasets.read_table`, and if a column or a model is missing.
    """
    X, y = read_table(path)
    if y is None:
        raise ValueError(f"{path} has no column EXPRESSION")
    others = read_columns(path, ["chrom", "start", "end", *replicates]).loc[X.index]
    require_columns(others, replicates, f"the ceiling of {path}")
    measured, repeated = y.to_numpy(), others[list(replicates)].to_numpy()
    if log10:
        measured = log_expression(measured, path)
        repeated = log_expression(repeated, path) if replicates else repeated
    estimators = standard_models(X, models, random_state=random_state, **(settings or {}))
    for file in fitted:
        name = Path(file).stem + ("" if refit else " (as it is)")
        if name in estimators:
            raise ValueError(f"two models are called {name!r}; rename the file {file}")
        model = load_pretrained(file)
        estimators[name] = model if refit else FrozenEstimator(model)
    if reference is None:
        reference = _REFERENCE if _REFERENCE in estimators else next(iter(estimators))
    return evaluate_models(
        estimators,
        X,
        measured,
        out,
        groups=group_genes(X, others, shared),
        replicates=repeated if replicates else None,
        reference=reference,
        title=f"Models on {Path(path).name}",
        remarks=_about_fitted(fitted, refit),
        random_state=random_state,
        **options,
    )


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
    """Draw a panel per model that worked."""
    worked = [name for name in card.models if card.predictions[name].notna().all()]
    n_down = -(-len(worked) // _ACROSS) or 1
    figure = new_figure(4.5 * _ACROSS, 4 * n_down)
    axes = figure.subplots(n_down, _ACROSS, squeeze=False)
    for ax, name in zip(axes.flat, worked, strict=False):
        plot_predictions(card.predictions["measured"], card.predictions[name], title=name, ax=ax)
    for ax in axes.flat[len(worked) :]:
        ax.set_axis_off()
    return figure
