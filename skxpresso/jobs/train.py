"""Train the pipeline on genes, score it on genes kept apart, write model and pictures."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import r2_score
from sklearn.pipeline import Pipeline

from skxpresso._utils.files import replacing
from skxpresso.datasets import read_hdf5_splits, read_table
from skxpresso.datasets.expression import log_expression
from skxpresso.metrics import pearson_r2_score
from skxpresso.model_selection.published import published_split
from skxpresso.network.architecture import Architecture
from skxpresso.network.diagram import plot_network
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.plots import plot_learning_curve
from skxpresso.saving import save_pipeline
from skxpresso.sequence.onehot import OneHotMatrix

__all__ = [
    "GeneSet",
    "Split",
    "Trained",
    "fit_with_validation",
    "read_split",
    "split_genes",
    "train_and_report",
]


class GeneSet(NamedTuple):
    """What is predicted from, measured expression, and names."""

    X: Any
    y: npt.NDArray[np.float64]
    names: npt.NDArray[Any]


class Split(NamedTuple):
    """Genes to train on, to stop early by, and to test."""

    train: GeneSet
    valid: GeneSet
    test: GeneSet


class Trained(NamedTuple):
    """The fitted pipeline, its scores on validation and test genes, and the files written."""

    pipeline: Pipeline
    scores: pd.DataFrame
    files: dict[str, Path]


def read_split(
    path: str | Path,
    *,
    halflife: bool = True,
    species: str | None = None,
    log10: bool = False,
    fold: str | None = None,
    **options: Any,
) -> Split:
    """Read genes that are split, or read a table and split it.

    Parameters
    ----------
    path : path-like
        A table as of `datasets.read_table`; or a folder with train.h5, valid.h5 and
        test.h5 of the published layout.
    halflife : bool, default=True
        False leaves half-life columns out.
    species : {"human", "mouse"} or None, default=None
        Whose histone genes to leave out of a table.
    log10 : bool, default=False
        Take log10(x + 0.1) of a table's expression.
    fold : str or None, default=None
        What stands in front of the names of the files of a folder.
    **options : dict
        Of `split_genes`, for a table.

    Returns
    -------
    Split
        Of DataFrames, or of `OneHotMatrix` from a folder. The half-life features of a
        folder are z-scores already, so that their names end in "_ZSCORE".

    Raises
    ------
    OSError, ValueError
        As `datasets.read_table` and `datasets.read_hdf5_splits`; and where there is no
        expression, no promoter, or one of the three files.
    """
    path = Path(path)
    if path.is_dir():
        return _read_folder(path, halflife, fold)
    X, y = read_table(path, species=species)
    lacking = ["EXPRESSION"] * (y is None) + ["PROMOTER"] * ("promoter" not in X)
    if y is None or lacking:
        raise ValueError(f"{path} has no column {' and no column '.join(lacking)}")
    X = X if halflife else X[["promoter"]]
    return split_genes(X, log_expression(y, path) if log10 else y, **options)


def _read_folder(folder: Path, halflife: bool, fold: str | None) -> Split:
    files = read_hdf5_splits(folder, fold=fold)
    missing = [f"{fold or ''}{name}.h5" for name in Split._fields if name not in files]
    if missing:
        raise ValueError(f"{folder} must hold train.h5, valid.h5 and test.h5, {missing[0]} lacks")
    parts = (files[name] for name in Split._fields)
    return Split(
        *(GeneSet(_as_scaled(X, halflife), np.asarray(y), np.array(names)) for X, y, names in parts)
    )


def _as_scaled(X: Any, halflife: bool) -> OneHotMatrix:
    """Name half-life features for what they are, so that no table's columns pass for them."""
    if not halflife:
        return X.with_covariates(X.covariates[:, :0], ())
    if X.covariate_names is None:
        return X
    return X.with_covariates(X.covariates, [f"{name}_ZSCORE" for name in X.covariate_names])


def split_genes(
    X: pd.DataFrame,
    y: npt.ArrayLike,
    *,
    published: bool = False,
    valid_fraction: float = 0.1,
    test_fraction: float = 0.1,
    random_state: int = 0,
) -> Split:
    """Split a table at random.

    Parameters
    ----------
    X : DataFrame
        Genes, named by the index.
    y : array-like of shape (n,)
        Expression.
    published : bool, default=False
        Split as the published data sets are: shuffled with seed 1, 1,000 genes to
        validate and 1,000 to test. The other parameters do not count then.
    valid_fraction, test_fraction : float, default=0.1
        Of all genes.
    random_state : int, default=0
        Of the shuffle.

    Returns
    -------
    Split

    Raises
    ------
    ValueError
        If there are too few genes.

    Examples
    --------
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.jobs.train import split_genes
    >>> data = make_promoters(50, length=30, random_state=0)
    >>> split = split_genes(data.data, data.target, test_fraction=0.2)
    >>> [len(part.y) for part in split]
    [35, 5, 10]
    """
    n = len(X)
    if published:
        parts = published_split(n)
    else:
        n_valid, n_test = max(2, round(valid_fraction * n)), max(2, round(test_fraction * n))
        parts = published_split(n, random_state, n_test, n_valid)
    values, names = np.asarray(y, dtype=np.float64), X.index.to_numpy()
    return Split(*(GeneSet(X.iloc[rows], values[rows], names[rows]) for rows in parts))


def fit_with_validation(pipeline: Pipeline, train: GeneSet, valid: GeneSet) -> Pipeline:
    """Fit a pipeline, with validation genes of one's own for its last step.

    Parameters
    ----------
    pipeline : Pipeline
        Whose last step takes `X_val` and `y_val`.
    train, valid : GeneSet
        To train on, and to stop early by. The steps before learn from `train` alone.

    Returns
    -------
    Pipeline
        The same one, fitted.

    Notes
    -----
    ``transform_input=["X_val"]`` does so too, but leaves a pipeline that can be fitted
    only under metadata routing.
    """
    transformers = pipeline[:-1]
    X = transformers.fit_transform(train.X, train.y)
    pipeline[-1].fit(X, train.y, X_val=transformers.transform(valid.X), y_val=valid.y)
    return pipeline


def train_and_report(
    split: Split, out: str | Path, *, verbose: int = 1, **settings: Any
) -> Trained:
    """Train on a split, and write model, test predictions and pictures.

    Parameters
    ----------
    split : Split
        Genes.
    out : path-like
        Where the fitted pipeline goes, see `save_pipeline`. Beside it, under the same
        name: `-predictions.tsv` of the test genes (columns Gene, Pred, Actual),
        `-learning-curve.png` and `-network.png`.
    verbose : int, default=1
        1 shows a progress bar.
    **settings : dict
        Parameters of `make_xpresso_pipeline`.

    Returns
    -------
    Trained
        `scores` has a row for validation and one for test genes, with columns `genes`,
        `n`, `r2` and `squared Pearson`; `files` says what is where.

    Raises
    ------
    OSError
        If a file cannot be written.
    ValueError
        If genes or settings do not fit.
    """
    out = Path(out)
    if out.is_dir():
        raise OSError(f"{out} is a folder; the model needs a file")
    out.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(out.parent, os.W_OK):  # better said before the training than after
        raise PermissionError(f"{out}: nothing can be written to the folder {out.parent}")
    pipeline = make_xpresso_pipeline(verbose=verbose, **settings)
    if isinstance(split.train.X, OneHotMatrix):  # of files that hold z-scores
        pipeline.set_params(halflife="passthrough")
    fit_with_validation(pipeline, split.train, split.valid)
    pipeline[-1].set_params(verbose=0)
    predicted = {name: pipeline.predict(getattr(split, name).X) for name in ("valid", "test")}
    scores = pd.DataFrame(
        [
            _score("validation", split.valid.y, predicted["valid"]),
            _score("test", split.test.y, predicted["test"]),
        ]
    )
    return Trained(pipeline, scores, _save(out, pipeline, split.test, predicted["test"]))


def _score(what: str, y: Any, predicted: Any) -> dict[str, Any]:
    return {
        "genes": what,
        "n": len(y),
        "r2": r2_score(y, predicted),
        "squared Pearson": pearson_r2_score(y, predicted),
    }


def _save(out: Path, pipeline: Pipeline, test: GeneSet, predicted: Any) -> dict[str, Path]:
    endings = {"predictions": "tsv", "learning-curve": "png", "network": "png"}
    files = {"model": out}
    files |= {what: out.with_name(f"{out.stem}-{what}.{end}") for what, end in endings.items()}
    save_pipeline(pipeline, out)
    table = pd.DataFrame({"Gene": test.names, "Pred": predicted, "Actual": test.y})
    with replacing(files["predictions"]) as name:
        table.to_csv(name, sep="\t", index=False)
    with replacing(files["learning-curve"]) as name:
        plot_learning_curve(pipeline, title=out.name).figure.savefig(name, dpi=150)
    network = pipeline[-1]
    layers = Architecture(**{name: getattr(network, name) for name in asdict(Architecture())})
    drawn = plot_network(layers, network.promoter_length_, network.n_halflife_, title=out.name)
    with replacing(files["network"]) as name:
        drawn.figure.savefig(name, dpi=150)
    return files
