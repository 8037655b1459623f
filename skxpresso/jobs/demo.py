"""The main job on built-in data: train, compare, predict, save, draw."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import joblib
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline

from skxpresso._utils.files import replacing
from skxpresso.baselines import halflife_baseline, kmer_baseline, mean_baseline, score_models
from skxpresso.datasets import make_promoters
from skxpresso.pipeline import make_xpresso_pipeline
from skxpresso.plots import plot_predictions

__all__ = ["run_demo"]

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


def run_demo(
    out_dir: str | Path,
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
    out_dir : path-like
        Folder for `predictions.tsv` (columns Gene, Pred, Actual), `pipeline.joblib`
        and `predictions.png`; made if missing.
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
    out_dir = Path(out_dir)
    out_dir.mkdir(parents=True, exist_ok=True)
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
    table, predictions = score_models(models, X, y, X_test, y_test)
    _save(out_dir, models[NETWORK], X_test.index, predictions[NETWORK], y_test)
    table.attrs["ceiling"] = data.ceiling
    return table


def _save(out_dir: Path, pipeline: Any, genes: Any, predicted: Any, measured: Any) -> None:
    predictions = pd.DataFrame({"Gene": genes, "Pred": predicted, "Actual": measured})
    with replacing(out_dir / "predictions.tsv") as name:
        predictions.to_csv(name, sep="\t", index=False)
    with replacing(out_dir / "pipeline.joblib") as name:
        joblib.dump(pipeline, name)
    ax = plot_predictions(measured, predicted, title="Test genes")
    with replacing(out_dir / "predictions.png") as name:
        ax.figure.savefig(name, dpi=150)
