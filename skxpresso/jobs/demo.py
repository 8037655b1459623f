"""The main job on built-in data: train, compare, predict, save, draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from skxpresso._utils.files import replacing
from skxpresso._utils.outputs import claimed
from skxpresso.baselines import halflife_baseline, kmer_baseline, mean_baseline, score_models
from skxpresso.datasets import make_promoters
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.plots import plot_predictions
from skxpresso.saving._file import save_pipeline

__all__ = ["demo"]

NETWORK = "Xpresso network"


def demo_pipeline(random_state: int, verbose: int, **settings: Any) -> Pipeline:
    """Make the pipeline, with pools that suit promoters of some hundred nt."""
    defaults: dict[str, Any] = {
        "filters": (32, 32),
        "kernel_sizes": (8, 5),
        "dilation_rates": (1, 1),
        "pool_sizes": (8, 5),
        "dense_units": (32, 8),
        "dropout_rates": (0.1, 0.0),
        "optimizer": "adam",
        "learning_rate": 2e-3,
        "batch_size": 64,
        "epochs": 40,
        "patience": 6,
    }
    return make_xpresso_pipeline(
        random_state=random_state, verbose=verbose, **(defaults | settings)
    )


def demo(
    out: str | Path,
    *,
    n_genes: int = 6000,
    length: int = 400,
    random_state: int = 1,
    verbose: int = 1,
    **settings: Any,
) -> pd.DataFrame:
    """Train the pipeline on synthetic promoters and compare it with simpler models.

    Parameters
    ----------
    out : path-like
        Folder for `predictions.tsv` (columns Gene, Pred, Actual) and `predictions.png` of the
        test genes, `test-genes.tsv`, the table of these, and `pipeline.safetensors`, which
        predicts them; made if missing.
    n_genes, length : int
        Size of the data, and of each promoter in nt. A fifth of the genes is for the
        test.
    random_state : int, default=1
        Of data, split and training.
    verbose : int, default=1
        1 shows a progress bar.
    **settings : dict
        Of `XpressoRegressor`, in place of those that suit the default data.

    Returns
    -------
    DataFrame
        One row per model, with columns `model`, `r2`, `pearson_r2` and `seconds`, on
        the test genes; the ceiling of the data in ``attrs["ceiling"]``.
    """
    data = make_promoters(n_genes, length, random_state=random_state)
    X, X_test, y, y_test = train_test_split(
        data.data, data.target, test_size=0.2, random_state=random_state
    )
    models: dict[str, BaseEstimator] = {
        "mean": mean_baseline(),
        "half-life alone": halflife_baseline(),
        "4-mers + half-life, Ridge": kmer_baseline(4),
        NETWORK: demo_pipeline(random_state, verbose, **settings),
    }
    files = demo_files(Path(out))
    with claimed(files.values()):
        table, predictions = score_models(models, X, y, X_test, y_test)
        _save(files, models[NETWORK], X_test, predictions[NETWORK], y_test)
    table.attrs["ceiling"] = data.ceiling
    return table


def demo_files(out: Path) -> dict[str, Path]:
    """Name what the demo writes, by what it is."""
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
    with replacing(predictions) as name:
        table = pd.DataFrame({"Gene": X.index, "Pred": predicted, "Actual": measured})
        table.to_csv(name, sep="\t", index=False)
    save_pipeline(pipeline, model)
    with replacing(genes) as name:
        X.assign(EXPRESSION=measured).to_csv(name, sep="\t", index_label="ID")
    with replacing(picture) as name:
        ax = plot_predictions(measured, predicted, title="Test genes")
        ax.figure.savefig(name, dpi=150)
