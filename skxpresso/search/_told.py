"""Scorers whose errors stay with the score, so that a failed trial can say why."""

from __future__ import annotations

import inspect
import traceback
from typing import Any

from sklearn.metrics._scorer import _MultimetricScorer

from skxpresso.search._failures import last_error

__all__ = ["FailedScore", "plain", "told", "untold"]


class FailedScore(float):
    """The score that stands for a scorer's error, and the error in words."""

    cause: str

    def __new__(cls, value: float, cause: str) -> FailedScore:
        score = super().__new__(cls, value)
        score.cause = cause
        return score

    def __reduce__(self) -> tuple[Any, ...]:
        return FailedScore, (float(self), self.cause)


class _Told:
    """A scorer of one metric, or of several that it returns as a dict."""

    def __init__(self, scorer: Any, error_score: float) -> None:
        self.scorer = scorer
        self.error_score = error_score
        self.__signature__ = inspect.signature(scorer)  # scikit-learn looks for sample_weight

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.scorer(*args, **kwargs)
        except Exception:  # whatever the scorer raises
            return FailedScore(self.error_score, last_error(traceback.format_exc()))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name == "scorer":  # not there yet while it is unpickled
            raise AttributeError(name)
        return getattr(self.scorer, name)


class _ToldMultimetric(_MultimetricScorer):
    """scikit-learn's scorer of several metrics, which gives the traceback for a score."""

    error_score: float

    def __call__(self, estimator: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        scores = super().__call__(estimator, *args, **kwargs)
        return {
            name: FailedScore(self.error_score, last_error(score))
            if isinstance(score, str)
            else score
            for name, score in scores.items()
        }


def told(scorer: Any, error_score: Any) -> Any:
    """Wrap the scorer of a search; ``error_score="raise"`` needs none."""
    if error_score == "raise":
        return scorer
    if not isinstance(scorer, _MultimetricScorer):
        return _Told(scorer, error_score)
    multimetric = _ToldMultimetric(scorers=scorer._scorers, raise_exc=False)
    multimetric.error_score = error_score
    return multimetric


def untold(scorer: Any) -> Any:
    """Return the scorer that was wrapped."""
    return scorer.scorer if isinstance(scorer, _Told) else scorer


def plain(scores: Any) -> tuple[Any, list[str]]:
    """Split scores of a fold, one or a dict, into plain numbers and the causes of failures."""
    if isinstance(scores, dict):
        causes = [score.cause for score in scores.values() if isinstance(score, FailedScore)]
        numbers = {
            name: float(score) if isinstance(score, FailedScore) else score
            for name, score in scores.items()
        }
        return numbers, causes
    return (float(scores), [scores.cause]) if isinstance(scores, FailedScore) else (scores, [])
