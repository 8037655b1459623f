"""Rows as the network reads them, and the checks of what `fit` and `predict` were given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.validation import _check_sample_weight

from skxpresso._utils.numbers import real_numbers
from skxpresso._utils.table import shorten
from skxpresso.network.genes import Genes
from skxpresso.network.outputs import Outputs

_FLOAT32_MAX = float(np.finfo(np.float32).max)


def with_target(
    genes: Genes,
    y: Any,
    sample_weight: Any,
    labels: Sequence[Any],
    name: str = "y",
    outputs: Outputs | None = None,
) -> Genes:
    """Add y and weights, checked; rows of weight 0 are left out.

    `outputs` is the form that y must have, one number for a gene if not given.
    """
    if outputs is None or outputs.n is None:
        y = _read_target(y, labels, name)
    else:
        y = outputs.read(y, labels, name)
    check_consistent_length(genes.halflife, y)
    if sample_weight is None:
        return replace(genes, y=y)
    weight = _read_weight(sample_weight, genes, labels)
    # only ratios matter, so that a learning rate means the same for weights of any scale
    genes = replace(genes, y=y, weight=weight / weight[weight > 0].mean())
    return genes.select(weight > 0)


def _read_target(y: Any, labels: Sequence[Any], name: str) -> npt.NDArray[np.float64]:
    if y is None:
        raise ValueError("This estimator requires y to be passed, but the target y is None")
    if not np.ma.isMaskedArray(y):
        y = column_or_1d(y, warn=True, input_name=name)
    y = column_or_1d(real_numbers(y, labels, name), warn=True, input_name=name)
    bad = ~(np.abs(y) <= _FLOAT32_MAX)
    if bad.any():
        row = int(np.argmax(bad))
        kind = "NaN" if np.isnan(y[row]) else "infinity or a value too large for dtype('float32')"
        label = labels[row] if row < len(labels) else row
        raise ValueError(f"Input {name} contains {kind}: {y[row]} in row {shorten(label)}")
    return y


def _read_weight(weight: Any, genes: Genes, labels: Sequence[Any]) -> npt.NDArray[np.float64]:
    if not isinstance(weight, Real):  # one number for all rows is allowed
        weight = real_numbers(weight, labels, "sample_weight")
    weight = _check_sample_weight(weight, genes.halflife, dtype=np.float64)
    if (weight < 0).any():
        row = int(np.argmax(weight < 0))
        raise ValueError(
            f"sample_weight must be 0 or more, got {weight[row]} in row {shorten(labels[row])}"
        )
    with np.errstate(over="ignore"):
        overflows = not np.isfinite(weight.sum())
    return weight / weight.max() if overflows else weight


def split_genes(
    genes: Genes, fraction: float, patience: int | None, seed: int
) -> tuple[Genes, Genes | None]:
    """Hold back a random `fraction` of rows for validation; none for 0."""
    n = len(genes)
    if n < 2:
        raise ValueError(f"training needs at least 2 rows, got n_samples={n}")
    if fraction == 0:
        if patience is not None:
            raise ValueError(
                f"patience={patience} needs validation rows; pass X_val and y_val to fit, "
                "or set validation_fraction above 0 or patience=None"
            )
        return genes, None
    n_valid = max(1, round(fraction * n))
    if n - n_valid < 2:
        raise ValueError(
            f"validation_fraction={fraction} of n_samples={n} rows leaves {n - n_valid} for "
            "training, but at least 2 are needed; pass X_val and y_val to fit, or set "
            "validation_fraction=0 and patience=None"
        )
    order = np.random.default_rng(seed).permutation(n)
    return genes.select(np.sort(order[n_valid:])), genes.select(np.sort(order[:n_valid]))


@dataclass(frozen=True)
class Scale:
    """Mean and standard deviation of y on the training rows; 0 and 1 leave y as it is.

    Both are arrays (n_outputs,) where y has columns.
    """

    mean: Any = 0.0
    std: Any = 1.0

    @classmethod
    def learn(cls, genes: Genes, standardize: bool, outputs: Outputs | None = None) -> Scale:
        """Learn from y and its weights, each column from its measured rows; a constant y raises."""
        y, weight = genes.y, genes.weight
        assert y is not None
        if y.ndim == 1:
            return cls._of_column(y, weight, standardize)
        outputs = outputs or Outputs(y.shape[1])
        each = []
        for column in range(y.shape[1]):
            there = np.isfinite(y[:, column])
            if there.sum() < 2:
                raise ValueError(
                    f"{outputs.call(column)} of y must be measured in at least 2 training rows, "
                    f"got {int(there.sum())} of {len(y)}"
                )
            own = None if weight is None else weight[there]
            what = f"{outputs.call(column)} of y"
            each.append(cls._of_column(y[there, column], own, standardize, what))
        return cls(np.array([one.mean for one in each]), np.array([one.std for one in each]))

    @classmethod
    def _of_column(
        cls,
        y: npt.NDArray[np.floating],
        weight: npt.NDArray[np.floating] | None,
        standardize: bool,
        what: str = "y",
    ) -> Scale:
        mean = float(np.average(y, weights=weight))
        std = float(np.sqrt(np.average((y - mean) ** 2, weights=weight)))
        if std <= 10 * np.finfo(np.float64).eps * abs(mean):
            if np.ptp(y) > 0:
                raise ValueError(
                    "sample_weight leaves rows of one y, since the other training rows weigh next "
                    "to nothing, so there is nothing to learn"
                )
            raise ValueError(
                f"{what} is constant, {y[0]} in all {len(y)} training rows, so there is nothing to "
                "learn"
            )
        return cls(mean, std) if standardize else cls()

    def apply(self, genes: Genes) -> Genes:
        """Put y on the scale of the network, and y and weights into float32."""
        assert genes.y is not None
        y = ((genes.y - self.mean) / self.std).astype(np.float32)
        weight = None if genes.weight is None else genes.weight.astype(np.float32)
        return replace(genes, y=y, weight=weight)

    def undo(self, raw: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Put predictions into the units of y."""
        return raw.astype(np.float64) * self.std + self.mean


@dataclass(frozen=True)
class TrainingRows:
    """What a fit learns from: genes with y on the scale of the network.

    Parameters
    ----------
    genes : Genes
        Training rows.
    held_out : Genes or None
        Validation rows that the user gave.
    fraction : float
        How many of the training rows are held back where the user gave none.
    patience : int or None
        Of early stopping, which needs validation rows.
    outputs : Outputs
        Form of y.
    scale : Scale
        What y was put on.
    """

    genes: Genes
    held_out: Genes | None
    fraction: float
    patience: int | None
    outputs: Outputs
    scale: Scale = field(default_factory=Scale)

    def split(self, seed: int) -> tuple[Genes, Genes | None]:
        """Return training and validation rows."""
        if self.held_out is not None:
            return self.genes, self.held_out
        return split_genes(self.genes, self.fraction, self.patience, seed)

    def scaled(self, scale: Scale) -> TrainingRows:
        """Put every y on the scale of the network."""
        held_out = None if self.held_out is None else scale.apply(self.held_out)
        return replace(self, genes=scale.apply(self.genes), held_out=held_out, scale=scale)
