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

from skxpresso._utils.files import replacing, together
from skxpresso._utils.memory import give_memory_back
from skxpresso._utils.naming import shown
from skxpresso._utils.outputs import claimed
from skxpresso._utils.page import html_page
from skxpresso._utils.table import require_columns
from skxpresso.datasets.cell_types import CellTypes
from skxpresso.datasets.expression import log_expression
from skxpresso.datasets.table import ColumnNames, read_genes
from skxpresso.jobs._evaluate_remarks import about_fitted, about_folds
from skxpresso.jobs._groups import PLACES, check_folds, group_genes
from skxpresso.jobs._model_files import check_figures, save_figure
from skxpresso.jobs._packed import packed
from skxpresso.jobs._provenance import provenance
from skxpresso.jobs._settings import choose_settings, describe, window_of
from skxpresso.jobs.standard_models import standard_models
from skxpresso.metrics import METRICS
from skxpresso.model_selection import (
    OutputScores,
    Scorecard,
    score_by_size,
    score_outputs,
    scorecard,
)
from skxpresso.network import XpressoRegressor
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.plots import plot_scorecard, plot_scorecard_predictions, plot_sizes
from skxpresso.saving.pretrained import load_pretrained

__all__ = ["Evaluated", "evaluate"]

_PLAIN = {
    "pearson_r2": "squared Pearson",
    "spearman": "Spearman",
    "n_test": "test genes",
    "fit_seconds": "seconds",
}
_REFERENCE = "network"
_SIZES = (0.125, 0.25, 0.5)  # parts of the training genes, besides all of them
_PICTURES = ("r2", "predictions")
_ABOUT_OUTPUTS = (
    "Networks are trained once in a fold, on all outputs. The rows called mean are means over "
    "the outputs; an output is scored on the genes where it is measured. "
)


class Evaluated(NamedTuple):
    """The scorecard, remarks on its folds, and the files written."""

    card: Scorecard | OutputScores
    remarks: list[str]
    files: dict[str, Path]


def evaluate_models(
    estimators: Mapping[str, Any],
    X: pd.DataFrame,
    y: npt.ArrayLike,
    out: str | Path,
    *,
    groups: npt.ArrayLike | None = None,
    cv: int = 5,
    random_folds: bool = False,
    grouped_as: str = "share sequence",
    sizes: Sequence[float] = (),
    title: str = "Scorecard",
    remarks: Sequence[str] = (),
    source: str | os.PathLike[str] | None = None,
    figures: str = "png",
    unit: str = "",
    random_state: int = 0,
    **options: Any,
) -> Evaluated:
    """Make a scorecard, and write it to a folder.

    Parameters
    ----------
    estimators, X, y, groups, random_state
        As in `scorecard`, or in `score_outputs` for a y of several columns.
    cv : int, default=5
        Number of folds.
    random_folds : bool, default=False
        Make random folds even if there are groups. Intervals still come from groups.
    grouped_as : str, default="share sequence"
        What genes of one group do, for the page.
    out : path-like
        Output folder for `scores.tsv`, `folds.tsv`, `predictions.tsv` and `report.html`;
        made if missing.
    sizes : sequence of float
        Parts of the training genes to train on besides all of them, for `sizes.tsv` and a
        picture; none to leave it out.
    title : str
        Title of the page.
    remarks : sequence of str
        Remarks for the page, placed before the one on the folds.
    source : path-like or None, default=None
        File that the genes come from; the page names it with its checksum.
    figures : {"png", "svg", "pdf"}, default="png"
        Format of the pictures beside the page.
    unit : str, default=""
        Unit of expression, for the axes of predictions.
    **options : dict
        Passed to `scorecard` or `score_outputs`.

    Returns
    -------
    Evaluated
    """
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    folds: Any = cv
    if random_folds:
        folds = list(KFold(cv, shuffle=True, random_state=random_state).split(X))
    scores = None
    if sizes:
        parts = [*sizes, 1.0]
        scores = score_by_size(
            estimators, X, y, parts, folds, groups, random_state=random_state, **options
        )
        card = scores.cards[max(scores.cards)]
    else:
        score: Any = score_outputs if np.ndim(y) == 2 else scorecard
        card = score(estimators, X, y, folds, groups, random_state=random_state, **options)
    remarks = [*remarks, about_folds(card.predictions, groups is not None, grouped_as)]
    made = provenance(source, _entries(estimators, card, random_state))
    tables = {"scores": card.summary, "folds": card.folds, "predictions": card.predictions}
    files = _files(out, figures, bool(sizes))
    if scores is not None:
        tables["sizes"] = scores.table
    pictures = {"r2": _draw(card, "r2").figure}
    one = isinstance(card, Scorecard)
    if one and card.predictions[card.models].notna().all().any():
        pictures["predictions"] = plot_scorecard_predictions(card, unit=unit)
    if scores is not None:
        pictures["sizes"] = plot_sizes(scores, "r2").figure
    page = _page(card, title, remarks, pictures, made)
    with together():
        for name, table in tables.items():
            with replacing(files[name]) as path:
                table.to_csv(path, sep="\t", index=name == "predictions", index_label="gene")
        for name in _PICTURES:
            place = files.pop(f"picture of {name}")
            if name in pictures:
                save_figure(pictures[name], place)
                files[f"picture of {name}"] = place
        with replacing(files["report"]) as path:  # last: it is newer than what belongs to it
            path.write_text(page, encoding="utf-8")
    return Evaluated(card, remarks, files)


def evaluate(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    models: Sequence[str] | None = None,
    fitted: Sequence[str | os.PathLike[str]] = (),
    refit: bool = False,
    init: str | os.PathLike[str] | None = None,
    freeze_convolutions: bool = False,
    cv: int = 5,
    min_shared: int | None = None,
    by_chromosome: bool = False,
    random_folds: bool = False,
    learning_curve: bool = False,
    cell_types: CellTypes | None = None,
    replicates: Sequence[str] = (),
    reference: str | None = None,
    n_bootstrap: int = 1000,
    species: str | None = None,
    halflife: bool = True,
    log10: bool = False,
    columns: ColumnNames | None = None,
    figures: str = "png",
    unit: str = "",
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
    init : str, path-like or None, default=None
        Network that one more model, "fine-tuned", starts from in every fold, as
        `XpressoRegressor` does. All models then read its window, unless one is given.
    freeze_convolutions : bool, default=False
        Train only the dense layers of "fine-tuned".
    cv : int, default=5
        Number of folds.
    min_shared : int or None, default=None
        Group promoters that share an exact segment of this many nt, see
        `shared_sequence_groups`, instead of those that overlap.
    by_chromosome : bool, default=False
        Keep the genes of each chromosome on one side, in place of those that overlap; the table
        has a column `chrom`.
    random_folds : bool, default=False
        Make random folds even if there are groups. Intervals still come from groups.
    learning_curve : bool, default=False
        Train on an eighth, a quarter and a half of the training genes, too, and write
        `sizes.tsv` and a picture of scores by number of genes.
    cell_types : "all", sequence of str or None, default=None
        Columns that hold expression in several cell types, in place of `EXPRESSION`, as in
        `train`: scores are those of `score_outputs`, and there is no picture of predictions.
    replicates : sequence of str
        Columns that hold replicates of expression; not with `cell_types`.
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
    figures : {"png", "svg", "pdf"}, default="png"
        Format of the pictures beside the page, `r2` and `predictions`.
    unit : str, default=""
        Unit of expression, such as ``"log10 TPM"``, for the axes of predictions.
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
    if cell_types is not None and replicates:
        raise ValueError("replicates belong to one column of expression, not to cell_types")
    with claimed(_files(out, figures, learning_curve).values(), [source, *fitted]):
        X, y, others = read_genes(
            source,
            species=species,
            halflife=halflife,
            log10=log10,
            needed=(),
            others=[*PLACES, *replicates],
            columns=columns,
            cell_types=cell_types,
        )
        require_columns(others, replicates, f"the ceiling of {source}")
        repeated = others[list(replicates)].to_numpy() if replicates else None
        if log10 and replicates:
            repeated = log_expression(repeated, source)
        groups = group_genes(X, others, min_shared, by_chromosome)
        check_folds(None if random_folds else groups, cv)
        window = window_of(init, X)
        settings |= {name: w for name, w in window.items() if settings.get(name) is None}
        estimators = standard_models(X, models, random_state=random_state, **settings)
        if init is not None:
            tuned = settings | {"init": init, "freeze_convolutions": freeze_convolutions}
            estimators["fine-tuned"] = make_xpresso_pipeline(
                random_state=random_state, **choose_settings(X, tuned)
            )
        for name, model in _read_fitted(fitted, refit).items():
            if name in estimators:
                raise ValueError(f"two models are called {name!r}; rename the file of one")
            estimators[name] = model
        if not estimators:
            raise ValueError("models names no model, and there is no fitted one")
        if reference is None:
            reference = _REFERENCE if _REFERENCE in estimators else next(iter(estimators))
        options = {} if repeated is None else {"replicates": repeated}
        with packed(X) as X:
            give_memory_back()  # of the text
            return evaluate_models(
                estimators,
                X,
                y.to_numpy() if cell_types is None else y,
                out,
                groups=groups,
                cv=cv,
                random_folds=random_folds,
                grouped_as="lie on one chromosome" if by_chromosome else "share sequence",
                sizes=_SIZES if learning_curve else (),
                reference=reference,
                n_bootstrap=n_bootstrap,
                title=f"Models on {Path(shown(source)).name}",
                source=source,
                figures=figures,
                unit=unit,
                remarks=about_fitted(fitted, refit),
                n_jobs=n_jobs,
                random_state=random_state,
                verbose=verbose,
                **options,
            )


def _files(out: Path, figures: str, by_size: bool = False) -> dict[str, Path]:
    names = ["scores", "folds", "predictions", *(["sizes"] if by_size else [])]
    tables = {name: out / f"{name}.tsv" for name in names}
    pictures = {
        f"picture of {name}": out / f"{name}.{check_figures(figures)}" for name in _PICTURES
    }
    return tables | {"report": out / "report.html"} | pictures


def _read_fitted(fitted: Sequence[str | os.PathLike[str]], refit: bool) -> dict[str, Any]:
    """Load models under the names of their files."""
    models: dict[str, Any] = {}
    for file in fitted:
        name = Path(file).stem + ("" if refit else " (as it is)")
        if name in models:
            raise ValueError(f"two models are called {name!r}; rename the file {shown(file)}")
        model = load_pretrained(file)
        models[name] = model if refit else FrozenEstimator(model)
    return models


def _entries(
    models: Mapping[str, Any], card: Scorecard | OutputScores, seed: int
) -> dict[str, Any]:
    """Name seed, genes, folds and networks, for the table of how a page was made."""
    sizes = card.folds.groupby("fold")["n_test"].first().tolist()
    entries: dict[str, Any] = {
        "seed": seed,
        "genes": f"{card.predictions['row'].nunique():,}",
        "folds": f"{len(sizes)}, of {', '.join(map(str, sizes))} test genes",
        "intervals": f"{100 * card.confidence:g} %, bootstrap over genes or their groups",
    }
    for name, model in models.items():
        last = model[-1] if hasattr(model, "steps") else model
        if isinstance(last, XpressoRegressor):
            entries[name] = describe(last.get_params())
    return entries


def _draw(card: Scorecard | OutputScores, metric: str) -> Any:
    return plot_scorecard(card, metric) if isinstance(card, Scorecard) else card.plot(metric)


def _page(
    card: Scorecard | OutputScores,
    title: str,
    remarks: Sequence[str],
    pictures: Mapping[str, Any],
    made: pd.DataFrame,
) -> str:
    scores = _without_empty(card.table(METRICS).rename(columns=_PLAIN), ["remark"])
    folds = _without_empty(card.folds.rename(columns=_PLAIN), ["note", "collapsed"])
    parts: dict[str, Any] = {
        "Scores": scores,
        "How to read them": _about_scores(card),
        "Folds": " ".join(remarks),
        "Coefficient of determination": pictures["r2"],
        "Squared Pearson correlation": _draw(card, "pearson_r2").figure,
    }
    if "sizes" in pictures:
        parts["By number of training genes"] = pictures["sizes"]
    if "predictions" in pictures:
        parts["Predictions of the test genes of all folds"] = pictures["predictions"]
    return html_page(title, parts | {"Every fold": folds, "How this was made": made})


def _without_empty(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Leave out those of the columns that say nothing in any row."""
    return table.drop(columns=[name for name in columns if not table[name].astype(bool).any()])


def _about_scores(card: Scorecard | OutputScores) -> str:
    """Explain the columns of the table in plain words."""
    n_folds = card.folds["fold"].nunique()
    outputs = "" if isinstance(card, Scorecard) else _ABOUT_OUTPUTS
    return (
        f"{outputs}Every score is a mean over {n_folds} folds, on genes that the model was not "
        "trained on. "
        f"In brackets: {100 * card.confidence:g} % intervals over other test genes. r2 is the "
        "coefficient of determination, 1 for perfect predictions and 0 for those of the mean; "
        "squared Pearson, which the paper calls R², forgives a wrong scale and offset. "
        f'"r2 above {card.reference}" is the difference from {card.reference} on the same genes: '
        "an interval that holds 0 does not tell the two apart. mse is the mean squared error, "
        "seconds the mean time of a fit."
    )
