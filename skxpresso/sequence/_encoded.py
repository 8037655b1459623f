"""What the transformers of encoded promoters have in common."""

from __future__ import annotations

from typing import Any, Self

from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils import Tags

from skxpresso._utils.fitted import forget
from skxpresso._utils.frames import as_pandas
from skxpresso._utils.parameters import ShortMessages
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from skxpresso.sequence.promoters import remember_columns, sequence_tags


class EncodedTransformer(TransformerMixin, ShortMessages, BaseEstimator):
    """Learn the columns from a OneHotMatrix, or from anything that can be encoded as one."""

    _short = "pad"

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn the columns.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, or 1-D sequence of str, bytes, Seq or SeqRecord
            Promoters, one per gene.
        y : array-like of shape (n,), optional
            Expression, to notice if it stands among the covariates.

        Returns
        -------
        self
        """
        forget(self)  # a failed fit is no fit
        self._validate_params()
        X = as_pandas(X)
        self.encoder_ = OneHotPromoterEncoder(short=self._short).fit(X, y)
        remember_columns(self, X)
        self._learn()
        return self

    def _learn(self) -> None:
        """Set what else is learned; cannot fail."""

    def __sklearn_tags__(self) -> Tags:
        return sequence_tags(super().__sklearn_tags__())
