"""An encoder and the step behind it must agree, which is seen before anything is encoded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from skxpresso.sequence.encoder import OneHotPromoterEncoder

__all__ = ["check_steps_fit", "check_widths"]


def check_steps_fit(steps: Sequence[tuple[str, Any]]) -> None:
    """Raise if a step was fitted on other columns than the encoder before it gives.

    Parameters
    ----------
    steps : sequence of (str, estimator or "passthrough")
        Fitted steps of a pipeline.

    Raises
    ------
    ValueError
        If a window or the number of covariates differ: a window of a file may be longer
        than any sequence, and would be filled with unknown letters.
    """
    encoder = None
    for name, step in steps:
        if isinstance(step, str):
            continue
        if encoder is not None:
            _check_columns(encoder, step, name)
        is_encoder = isinstance(step, OneHotPromoterEncoder) and hasattr(step, "tss_")
        encoder = step if is_encoder else None


def _check_columns(encoder: OneHotPromoterEncoder, step: Any, name: str) -> None:
    if hasattr(step, "n_halflife_"):
        check_widths(encoder, step.promoter_length_, step.n_halflife_, name)
    given = 4 * encoder.promoter_length_ + len(encoder.covariate_names_)
    wanted = getattr(step, "n_features_in_", given)
    if wanted != given:
        raise ValueError(f"{name}: the encoder gives {given} columns, but it reads {wanted}")


def check_widths(
    encoder: OneHotPromoterEncoder, promoter_length: int, n_halflife: int, name: str
) -> None:
    """Raise if an encoder gives other widths than those that a network reads."""
    given = encoder.promoter_length_, len(encoder.covariate_names_)
    if given != (promoter_length, n_halflife):
        raise ValueError(
            f"{name}: the encoder gives promoters of {given[0]} nt and {given[1]} half-life "
            f"features, but the network reads {promoter_length} nt and {n_halflife}"
        )
