"""Train the pipeline, score it on held-out genes, and write model and pictures."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from sklearn.pipeline import Pipeline

from skxpresso._utils.files import replacing, together
from skxpresso._utils.outputs import claimed
from skxpresso.datasets.cell_types import CellTypes
from skxpresso.datasets.table import ColumnNames
from skxpresso.jobs._model_files import beside, check_figures, save_figure, save_model
from skxpresso.jobs._outputs import check_output_names, prediction_columns, score_genes
from skxpresso.jobs._settings import choose_settings, what_is_asked, window_of
from skxpresso.jobs._split import GeneSet, Split, read_split
from skxpresso.network.diagram import plot_network
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.plots import plot_learning_curve
from skxpresso.sequence.onehot import OneHotMatrix

__all__ = ["Trained", "train"]


class Trained(NamedTuple):
    """The fitted pipeline, its scores on validation and test genes, and the files written."""

    pipeline: Pipeline
    n_genes: dict[str, int]
    scores: pd.DataFrame
    files: dict[str, Path]


def train(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    split: str = "random",
    valid_fraction: float = 0.1,
    test_fraction: float = 0.1,
    fold: str | None = None,
    species: str | None = None,
    halflife: bool = True,
    log10: bool = False,
    columns: ColumnNames | None = None,
    cell_types: CellTypes | None = None,
    min_shared: int | None = None,
    by_chromosome: bool = False,
    random_folds: bool = False,
    figures: str = "png",
    random_state: int = 0,
    verbose: int = 1,
    **settings: Any,
) -> Trained:
    r"""Train the pipeline on genes, and write the model, test predictions and pictures.

    Parameters
    ----------
    source : path-like
        A table with promoters and expression, for `datasets.read_table`, or a folder with
        train.h5, valid.h5 and test.h5 in the published layout.
    out : path-like
        File for the fitted pipeline, as `save_pipeline` writes it, or a pickle if the name
        ends in `.joblib` or `.pkl`. The following files are written beside it, under the
        same name: `-predictions.tsv` of the test genes (columns Gene, Pred, Actual, and Std for
        an ensemble; of several cell types, their names, and these with `_Actual`),
        `-learning-curve.png` and `-network.png` (see `figures`). Missing folders are made.
    split : {"random", "published"}, default="random"
        How a table is split. "published" takes 1,000 genes for validation and 1,000 for
        testing.
    valid_fraction, test_fraction : float, default=0.1
        Fractions of all genes for validation and for testing, in a random split.
    fold : str or None, default=None
        Prefix of the file names in a folder.
    species : {"human", "mouse"} or None, default=None
        Species whose histone genes are left out of a table.
    halflife : bool, default=True
        False leaves half-life columns out.
    log10 : bool, default=False
        Take log10(x + 0.1) of a table's expression.
    columns : dict or None, default=None
        Names of columns of a table: parameters of `datasets.read_table`, such as
        ``{"promoter_column": "sequence"}``.
    cell_types : "all", sequence of str or None, default=None
        Columns of a table that hold expression in several cell types, in place of
        `EXPRESSION`: one network predicts them all. "all" takes those that are called
        E003, E004 and so on.
    min_shared : int or None, default=None
        Keep promoters that share an exact segment of this many nt in one part of a random
        split, see `shared_sequence_groups`, instead of those that overlap, which a table with
        the columns `chrom`, `start` and `end` tells.
    by_chromosome : bool, default=False
        Keep the genes of each chromosome on one side, in place of those that overlap; the table
        has a column `chrom`.
    random_folds : bool, default=False
        Split at random even if promoters share sequence.
    figures : {"png", "svg", "pdf"}, default="png"
        Format of the pictures.
    random_state : int, default=0
        Seed of split and training.
    verbose : int, default=1
        1 shows a progress bar if a terminal or a notebook displays standard error.
    **settings : dict
        Parameters of `make_xpresso_pipeline`. Layers and training come from
        `xpresso_settings` unless given, or the layers from `init`; the window, too, is that
        of `init` then. The default `learning_rate` is 5e-4 for SGD and 1e-3 for other
        optimizers.

    Returns
    -------
    Trained
        `n_genes` has the numbers of `train`, `valid` and `test` genes. `scores` has a row
        for validation and one for test genes, with columns `genes`, `n`, `r2` and
        `squared Pearson`, for several cell types the means over them. `files` has the paths
        of the files written.

    Raises
    ------
    OSError
        If a file cannot be read or written, or another process is writing it.
    ValueError
        If genes or settings are invalid, or an output file is also an input.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.datasets import make_promoters
    >>> from skxpresso.jobs.train import train
    >>> folder = Path(tempfile.mkdtemp())
    >>> data = make_promoters(60, length=30, random_state=0)
    >>> genes = data.data.assign(EXPRESSION=data.target)
    >>> genes.to_csv(folder / "genes.tsv", sep="\t", index_label="ID")
    >>> trained = train(
    ...     folder / "genes.tsv", folder / "model.safetensors", epochs=1, verbose=0,
    ...     filters=(4,), kernel_sizes=(5,), dilation_rates=(1,), pool_sizes=(10,),
    ... )
    >>> trained.n_genes, trained.files["predictions"].name
    ({'train': 48, 'valid': 6, 'test': 6}, 'model-predictions.tsv')
    """
    source, out = Path(source), Path(out)
    if source.is_dir():
        inputs = [source / f"{fold or ''}{name}.h5" for name in Split._fields]
    else:
        inputs = [source]
    with claimed(_files(out, figures).values(), inputs):
        parts = read_split(
            source,
            split=split,
            valid_fraction=valid_fraction,
            test_fraction=test_fraction,
            fold=fold,
            species=species,
            halflife=halflife,
            log10=log10,
            columns=columns,
            cell_types=cell_types,
            min_shared=min_shared,
            by_chromosome=by_chromosome,
            random_folds=random_folds,
            random_state=random_state,
        )
        return train_on_split(
            parts, out, random_state=random_state, verbose=verbose, figures=figures, **settings
        )


def train_on_split(
    split: Split, out: Path, *, verbose: int, figures: str = "png", **settings: Any
) -> Trained:
    """Do what `train` does, with genes that are already read and split."""
    n_all = sum(len(genes.y) for genes in split)
    if isinstance(split.test.y, pd.DataFrame):
        check_output_names(split.test.y.columns)
    window = window_of(settings.get("init"), split.train.X)
    chosen = choose_settings(split.train.X, window | what_is_asked(settings), n_all)
    pipeline = make_xpresso_pipeline(verbose=verbose, **chosen)
    if isinstance(split.train.X, OneHotMatrix):  # from files that hold z-scores
        pipeline.set_params(halflife="passthrough")
    fit_with_validation(pipeline, split.train, split.valid)
    pipeline[-1].set_params(verbose=0)
    predicted = {name: pipeline.predict(getattr(split, name).X) for name in ("valid", "test")}
    titles = {"valid": "validation", "test": "test"}
    scores = [
        score_genes(titles[name], getattr(split, name).y, predicted[name]) for name in predicted
    ]
    n_genes = {name: len(genes.y) for name, genes in split._asdict().items()}
    columns = prediction_columns(pipeline, split.test.X, "Pred")
    files = _save(_files(out, figures), pipeline, split.test, columns)
    return Trained(pipeline, n_genes, pd.DataFrame(scores), files)


def fit_with_validation(pipeline: Pipeline, train: GeneSet, valid: GeneSet) -> Pipeline:
    """Fit a pipeline, with the given validation genes for its last step.

    Parameters
    ----------
    pipeline : Pipeline
        Pipeline to fit; the `fit` of its last step takes `X_val` and `y_val`.
    train, valid : GeneSet
        Genes for training and for early stopping. The steps before the last learn from
        `train` alone.

    Returns
    -------
    Pipeline
        The same pipeline, fitted.

    Notes
    -----
    ``transform_input=["X_val"]`` has the same effect, but makes a pipeline that can be
    fitted only with metadata routing enabled.
    """
    transformers = pipeline[:-1]
    X = transformers.fit_transform(train.X, train.y)
    pipeline[-1].fit(X, train.y, X_val=transformers.transform(valid.X), y_val=valid.y)
    return pipeline


def _actual(y: Any) -> dict[str, Any]:
    if not isinstance(y, pd.DataFrame):
        return {"Actual": y}
    return {f"{name}_Actual": y[name].to_numpy() for name in y.columns}


def _files(out: Path, figures: str) -> dict[str, Path]:
    picture = f".{check_figures(figures)}"
    endings = {"predictions": ".tsv", "learning-curve": picture, "network": picture}
    return {"model": out} | beside(out, endings)


def _save(
    files: dict[str, Path], pipeline: Pipeline, test: GeneSet, columns: dict[str, Any]
) -> dict[str, Path]:
    title, network = files["model"].name, pipeline[-1]
    table = pd.DataFrame({"Gene": test.names, **columns, **_actual(test.y)})
    sizes = network.promoter_length_, network.n_halflife_
    drawn = plot_network(network.architecture_, *sizes, title=title)
    with together():
        with replacing(files["predictions"]) as name:
            table.to_csv(name, sep="\t", index=False)
        save_figure(plot_learning_curve(pipeline, title=title).figure, files["learning-curve"])
        save_figure(drawn.figure, files["network"])
        save_model(pipeline, files["model"])  # last: it is newer than what belongs to it
    return files
