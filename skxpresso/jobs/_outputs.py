"""What a model predicts as columns of a file, and scores, for one output or several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso._utils.table import quote
from skxpresso.network import count_outputs, is_ensemble

__all__ = ["check_output_names", "output_names", "prediction_columns", "score_genes"]


def check_output_names(names: Iterable[Any]) -> None:
    """Raise for outputs whose names the tables of predictions need for other columns.

    Examples
    --------
    >>> from skxpresso.jobs._outputs import check_output_names
    >>> check_output_names(["K562", "K562_Std"])
    Traceback (most recent call last):
        ...
    ValueError: no output may be called 'K562_Std': tables of predictions have another ...
    """
    names = [str(name) for name in names]
    taken = {"Gene", "ID", "Actual", "Std"}
    taken |= {f"{name}_{more}" for name in names for more in ("Std", "Actual")}
    if wrong := [name for name in names if name in taken]:
        raise ValueError(
            f"no output may be called {quote(wrong)}: tables of predictions have another column "
            "of that name; rename it"
        )


def output_names(model: Any, name: str) -> list[str]:
    """Return what the outputs of a model are called, or `name` and a number each."""
    last = model.steps[-1][1] if hasattr(model, "steps") else model
    numbered = [f"{name}{i}" for i in range(count_outputs(model) or 1)]
    return list(getattr(last, "output_names_", numbered))


def prediction_columns(model: Any, X: Any, name: str) -> dict[str, npt.NDArray[np.float64]]:
    """Predict, and name the columns.

    One output is called `name`, several have names of their own, or `name` and a number. The
    spread of an ensemble is called Std, or by the output and `_Std`.
    """
    std = None
    if is_ensemble(model):
        predicted, std = model.predict(X, return_std=True)
    else:
        predicted = model.predict(X)
    if count_outputs(model) is None:
        columns = {name: np.asarray(predicted, np.float64)}
        return columns if std is None else columns | {"Std": np.asarray(std, np.float64)}
    names = output_names(model, name)
    check_output_names(names)
    columns = dict(zip(names, np.asarray(predicted, np.float64).T, strict=True))
    if std is not None:
        each = zip(names, np.asarray(std, np.float64).T, strict=True)
        columns |= {f"{name}_Std": values for name, values in each}
    return columns


def score_genes(genes: str, y: Any, predicted: Any) -> dict[str, Any]:
    """Score predictions; several outputs have the mean over them, each by its measured genes."""
    from sklearn.metrics import r2_score

    from skxpresso.metrics import mean_r2, pearson_r2_score  # with parts of SciPy: for scores alone

    y, predicted = np.asarray(y, np.float64), np.asarray(predicted, np.float64)
    if y.ndim == 1:
        r2, pearson = r2_score(y, predicted), pearson_r2_score(y, predicted)
    else:
        there = ~np.isnan(y)
        columns = range(y.shape[1])
        each = [pearson_r2_score(y[there[:, j], j], predicted[there[:, j], j]) for j in columns]
        r2, pearson = mean_r2(y, predicted), float(np.mean(each))
    return {"genes": genes, "n": len(y), "r2": r2, "squared Pearson": pearson}
