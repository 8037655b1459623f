"""Fingerprints that tell whether a resumed search is still the same search."""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from typing import Any

import joblib
import pandas as pd
from scipy import sparse

__all__ = [
    "check_same",
    "fingerprint_of",
    "fingerprint_of_text",
    "fingerprints_of_search",
]


def fingerprint_of(value: Any) -> str:
    """Digest data or a setting, the same in every process."""
    try:
        return _digest(value)
    except (TypeError, AttributeError, pickle.PicklingError):
        return f"a {type(value).__qualname__}, which cannot be pickled"


def _digest(value: Any) -> str:
    if isinstance(value, pd.DataFrame | pd.Series):
        names = [*value.columns] if isinstance(value, pd.DataFrame) else [value.name]
        return joblib.hash((names, pd.util.hash_pandas_object(value, index=False).to_numpy()))
    if sparse.issparse(value):
        # Not the object itself: it caches facts such as has_sorted_indices
        csr = value.tocsr()
        return joblib.hash((csr.shape, csr.data, csr.indices, csr.indptr))
    return joblib.hash(value)


def fingerprint_of_text(*values: Any) -> str:
    """Digest the reprs of values, without memory addresses."""
    return joblib.hash(re.sub(r" at 0x[0-9a-fA-F]+", "", repr(values)))


def _fingerprint_of_estimator(estimator: Any) -> str:
    """Digest the class and the parameters of an estimator."""
    params = sorted(estimator.get_params(deep=True).items())
    return fingerprint_of_text(type(estimator).__qualname__, params)


_HALVING = ("resource", "min_resource", "max_resource", "reduction_factor", "n_brackets")


def fingerprints_of_search(search: Any) -> dict[str, str]:
    """Digest the estimator of a search, and the settings that change what it finds."""
    settings = {
        "scoring": search.scoring,
        "refit": search.refit if isinstance(search.refit, str) else None,
        "cv": search.cv,
        "algo": search.algo,
        "batch_size": search.batch_size,
        "points_to_evaluate": search.points_to_evaluate,
        "is_feasible": search.is_feasible,
        "random_state": search.random_state,
        **{name: getattr(search, name) for name in _HALVING if search.resource is not None},
        "error_score": search.error_score,
        "return_train_score": search.return_train_score,
    }
    return {
        "estimator": _fingerprint_of_estimator(search.estimator),
        **{name: fingerprint_of_text(value) for name, value in settings.items()},
    }


def check_same(found: Mapping[str, str], now: Mapping[str, str], where: str) -> None:
    """Refuse to resume a different search, and name what differs."""
    if differing := [name for name in now if found.get(name) != now[name]]:
        raise ValueError(
            f"{where} belongs to another search that differs in: {', '.join(differing)}; "
            "use the same settings to continue it, or another path to start again"
        )
