"""The main job on built-in data: train, compare, predict, save, draw."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pandas as pd

from skxpresso._utils.files import replacing, together
from skxpresso._utils.naming import shown
from skxpresso._utils.outputs import claimed
from skxpresso.baselines import score_models
from skxpresso.datasets import load_yeast_promoters, make_promoters
from skxpresso.jobs._demo_data import N_GENES, N_YEAST, synthetic_data, yeast_data
from skxpresso.jobs._model_files import save_figure
from skxpresso.jobs._settings import choose_settings
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.plots import plot_predictions
from skxpresso.saving import save_pipeline

__all__ = ["demo", "write_table"]

NETWORK = "Xpresso network"


def demo(
    out: str | Path,
    *,
    yeast: bool = False,
    n_genes: int | None = None,
    length: int = 400,
    random_state: int = 1,
    verbose: int = 1,
    **settings: Any,
) -> pd.DataFrame:
    """Train the pipeline on built-in promoters and compare it with simpler models.

    Parameters
    ----------
    out : path-like
        Output folder, made if missing. It gets `predictions.tsv` (columns Gene, Pred,
        Actual) and `predictions.png` of the test genes, their table `test-genes.tsv`, and
        the trained pipeline `pipeline.safetensors`.
    yeast : bool, default=False
        Use measured fragments of yeast promoters, from `load_yeast_promoters`, instead of
        synthetic promoters. Test fragments share no sequence with training fragments.
    n_genes : int or None, default=None
        Number of promoters; about a fifth of them are for testing. None means 6,000, or
        30,000 for yeast.
    length : int, default=400
        Length of a synthetic promoter, in nt.
    random_state : int, default=1
        Seed of data, split and training.
    verbose : int, default=1
        1 shows a progress bar.
    **settings : dict
        Parameters of `make_xpresso_pipeline`, instead of those of `xpresso_settings`, which
        `train` and `evaluate` follow, too.

    Returns
    -------
    DataFrame
        One row per model, with columns `model`, `r2`, `pearson_r2` and `seconds`, on
        the test genes. Its ``attrs`` hold the `ceiling` of the data, and the numbers of
        promoters, `n_train` and `n_test`.
    """
    if yeast:
        data = yeast_data(n_genes or N_YEAST, random_state)
    else:
        data = synthetic_data(n_genes or N_GENES, length, random_state)
    chosen = choose_settings(data.X, settings, len(data.X) + len(data.X_test))
    network = make_xpresso_pipeline(random_state=random_state, verbose=verbose, **chosen)
    models = data.baselines | {NETWORK: network}
    files = demo_files(Path(out))
    with claimed(files.values()):
        table, predictions = score_models(models, data.X, data.y, data.X_test, data.y_test)
        _save(files, network, data.X_test, predictions[NETWORK], data.y_test)
    table.attrs["n_train"], table.attrs["n_test"] = len(data.X), len(data.X_test)
    table.attrs["ceiling"] = data.ceiling
    return table


def write_table(
    path: str | os.PathLike[str],
    *,
    yeast: bool = False,
    n_genes: int | None = None,
    length: int = 400,
    random_state: int = 1,
) -> pd.DataFrame:
    """Write the promoters of the demo as a table, which the other commands read.

    Parameters
    ----------
    path : path-like
        Text, comma-separated if the name holds `.csv`, else tab-separated; packed if it ends
        in `.gz`, `.bz2`, `.xz` or `.zst`.
    yeast, n_genes, length, random_state
        As in `demo`.

    Returns
    -------
    DataFrame
        What was written: `PROMOTER`, half-life columns of the synthetic genes, and
        `EXPRESSION`; the index, `ID`, holds the names.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.jobs.demo import write_table
    >>> path = Path(tempfile.mkdtemp()) / "genes.csv"
    >>> write_table(path, yeast=True, n_genes=100).columns.tolist()
    ['PROMOTER', 'EXPRESSION']
    >>> path.read_text().splitlines()[0]
    'ID,PROMOTER,EXPRESSION'
    """
    if not str(path).lower().removesuffix(".gz").endswith((".tsv", ".txt", ".csv")):
        raise ValueError(
            f"the table must end in .tsv, .txt or .csv, or these with .gz, got {shown(path)}"
        )
    if yeast:
        data = load_yeast_promoters(n_genes or N_YEAST, random_state=random_state)
    else:
        data = make_promoters(n_genes or N_GENES, length, random_state=random_state)
    table = data.data.rename(columns={"promoter": "PROMOTER"}).assign(EXPRESSION=data.target)
    separator = "," if ".csv" in Path(path).suffixes else "\t"
    with claimed([path]), replacing(path) as name:
        table.to_csv(name, sep=separator, index_label="ID")
    return table


def demo_files(out: Path) -> dict[str, Path]:
    """Return the paths of the files that the demo writes, by kind."""
    return {
        "predicted and measured expression of the test genes": out / "predictions.tsv",
        "the fitted pipeline": out / "pipeline.safetensors",
        "the test genes": out / "test-genes.tsv",
        "predicted against measured expression": out / "predictions.png",
    }


def _save(
    files: dict[str, Path], pipeline: Any, X: pd.DataFrame, predicted: Any, measured: Any
) -> None:
    predictions, model, genes, picture = files.values()
    table = pd.DataFrame({"Gene": X.index, "Pred": predicted, "Actual": measured})
    with together():
        with replacing(predictions) as name:
            table.to_csv(name, sep="\t", index=False)
        with replacing(genes) as name:
            X.assign(EXPRESSION=measured).to_csv(name, sep="\t", index_label="ID")
        save_figure(plot_predictions(measured, predicted, title="Test genes").figure, picture)
        save_pipeline(pipeline, model)  # last: it is newer than what belongs to it
