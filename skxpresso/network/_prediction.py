"""What a fitted network regressor does for its user: predict, score, and leave for Keras."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast, overload

import numpy as np
import numpy.typing as npt
from sklearn.utils.validation import check_is_fitted

from skxpresso.network._attributes import FittedAttributes
from skxpresso.network._loading import load_keras

if TYPE_CHECKING:
    import keras

    from skxpresso.network._base import PromoterRegressor

__all__ = ["Prediction"]


class Prediction(FittedAttributes):
    """Predictions of one network or of an ensemble, of one output or of several."""

    batch_size: int
    device: str

    @overload
    def predict(self, X: Any, return_std: Literal[False] = ...) -> npt.NDArray[np.float64]: ...

    @overload
    def predict(
        self, X: Any, return_std: Literal[True]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]: ...

    def predict(self, X: Any, return_std: bool = False) -> Any:
        """Predict expression.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, 1-D sequences, or array-like of 2 or 3 dimensions
            Genes, with the window and the half-life features seen at `fit`.
        return_std : bool, default=False
            Return also how far the networks of an ensemble are apart.

        Returns
        -------
        y : ndarray of shape (n,) or (n, n_outputs), float64
            As the y that was fitted, and in its units; of an ensemble, the mean of its
            networks. A DataFrame with the names of y after ``set_output(transform="pandas")``
            or in ``sklearn.config_context(transform_output="pandas")``.
        std : like y
            Standard deviation over the networks (of a sample: ``ddof=1``), in the same
            units; with `return_std` only.

        Raises
        ------
        NotFittedError
            Before a successful `fit`.
        ValueError
            If the window or the features differ from those seen at `fit`, or `return_std`
            asks for the spread of a single network.
        """
        each = self.predict_members(X)
        mean = self._outputs.wrap(each.mean(axis=0), X, self)
        if not return_std:
            return mean
        if len(each) < 2:
            raise ValueError(
                "return_std=True is the spread of an ensemble, but this "
                f"{type(self).__name__} has 1 network; fit it with n_estimators of 2 or more"
            )
        return mean, self._outputs.wrap(each.std(axis=0, ddof=1), X, self)

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the coefficient of determination, of several outputs the mean over them.

        Parameters
        ----------
        X : like that of `predict`
            Genes.
        y : array-like of shape (n,) or (n, n_outputs)
            Their expression; of several outputs some may be missing (NaN).
        sample_weight : array-like of shape (n,), optional
            Weights of the rows.

        Returns
        -------
        float
            `skxpresso.metrics.mean_r2`.
        """
        from skxpresso.metrics import mean_r2  # scores need parts of SciPy that predictions do not

        return mean_r2(y, self.predict(X), sample_weight)

    def predict_members(self, X: Any) -> npt.NDArray[np.float64]:
        """Predict expression with every network of an ensemble.

        Parameters
        ----------
        X : OneHotMatrix, DataFrame, 1-D sequences, or array-like of 2 or 3 dimensions
            Genes, as for `predict`.

        Returns
        -------
        ndarray of shape (n_networks, n) or (n_networks, n, n_outputs), float64
            In the units of the y that was fitted. The networks are in the order of
            `estimators_`; a single network gives one row.

        Raises
        ------
        NotFittedError, ValueError
            As `predict`.
        """
        check_is_fitted(self)
        genes = self._inputs.read(cast("PromoterRegressor", self), X)
        raw = self._network.predict_each(genes, self.batch_size, self.device)
        return self._scale.undo(self._outputs.shape(raw))

    def to_keras(self) -> keras.Model:
        """Export the fitted network with plain inputs, for use without this package.

        Returns
        -------
        keras.Model
            Standard Keras layers only. Inputs `promoter` (n, promoter_length, 4),
            one-hot A, C, G, T, and `halflife` (n, n_halflife); output (n, n_outputs) in the
            units of the y that was fitted. `keras.Model.save` writes it.
        """
        check_is_fitted(self)
        load_keras()
        import keras

        plain = self._network.build(reads="onehot")
        scale = keras.layers.Rescaling(self.y_scale_, offset=self.y_mean_, name="rescale")
        return keras.Model(plain.inputs, scale(plain.output), name=plain.name)
