"""Synthetic promoters in which every part of the variance of expression is known."""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from skxpresso.halflife import HALF_LIFE_COLUMNS, PSEUDOCOUNT
from skxpresso.sequence.letters import decode

__all__ = ["make_promoters"]

_SHARE = [Interval(Real, 0, 1, closed="both")]


@validate_params(
    {
        "n_samples": [Interval(Integral, 2, None, closed="left")],
        "length": [Interval(Integral, 1, None, closed="left")],
        "n_motifs": [Interval(Integral, 1, None, closed="left")],
        "motif_length": [Interval(Integral, 1, None, closed="left")],
        "grammar_share": _SHARE,
        "halflife_share": _SHARE,
        "composition_share": _SHARE,
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def make_promoters(
    n_samples: int = 1000,
    length: int = 600,
    *,
    n_motifs: int = 3,
    motif_length: int = 8,
    grammar_share: float = 0.5,
    halflife_share: float = 0.2,
    composition_share: float = 0.1,
    random_state: int | np.random.RandomState | None = None,
) -> Bunch:
    """Make promoters with a positional motif grammar, half-life columns and expression.

    Expression is a sum of independent parts, each with a planted share of the variance:

    - *grammar*: every motif is planted once in every promoter. What counts is where: a
      motif has an effect that rises and falls with its distance from a position specific
      to the motif. Word counts say nothing about it.
    - *half-life*: a linear function of the half-life columns after the published
      transformation.
    - *composition*: a linear function of the GC content.
    - *noise*: the rest, which no model can predict.

    Parameters
    ----------
    n_samples : int, default=1000
        Number of genes.
    length : int, default=600
        Length of each promoter in nt; the TSS is in the middle.
    n_motifs : int, default=3
        Number of motifs.
    motif_length : int, default=8
        Length of a motif in nt.
    grammar_share, halflife_share, composition_share : float
        Shares of the variance of expression; their sum is at most 1.
    random_state : int, RandomState instance or None, default=None
        Seed; the same seed gives the same data.

    Returns
    -------
    sklearn.utils.Bunch
        - `data` : DataFrame with the column `promoter` and the eight half-life columns
          (lengths in nt, GC as a fraction), genes as index;
        - `target` : ndarray of shape (n_samples,), expression, mean about 0 and
          variance about 1;
        - `signal` : ndarray of shape (n_samples,), expression without noise;
        - `ceiling` : float, the R² that a perfect model reaches (up to sampling);
        - `shares` : dict, the share of each part;
        - `motifs` : list of str;
        - `positions` : ndarray of shape (n_samples, n_motifs), 0-based start of each
          motif.

    Raises
    ------
    ValueError
        If the shares exceed 1, or the motifs do not fit in the promoter, or fill it so that
        a part with a share cannot vary.

    Examples
    --------
    >>> from skxpresso.datasets import make_promoters
    >>> data = make_promoters(100, length=80, random_state=0)
    >>> data.data.shape, data.target.shape, round(data.ceiling, 2)
    ((100, 9), (100,), 0.8)
    >>> data.data["promoter"].str.contains(data.motifs[0]).all()
    np.True_
    """
    shares = {
        "grammar": grammar_share,
        "halflife": halflife_share,
        "composition": composition_share,
    }
    ceiling = sum(shares.values())
    if ceiling > 1 + 1e-9:
        raise ValueError(f"the shares must sum to 1 at most, got {shares}, together {ceiling}")
    if n_motifs * motif_length > length:
        raise ValueError(
            f"n_motifs={n_motifs} of motif_length={motif_length} nt do not fit in length={length}"
        )
    if n_motifs * motif_length == length and (
        composition_share or (grammar_share and n_motifs == 1)
    ):
        raise ValueError(
            f"n_motifs={n_motifs} of motif_length={motif_length} nt fill length={length}: neither "
            "composition nor the place of a single motif can vary, so their shares must be 0"
        )
    rng = np.random.default_rng(check_random_state(random_state).randint(2**31 - 1))
    codes = _background(rng, n_samples, length)
    motifs = rng.integers(0, 4, (n_motifs, motif_length), dtype=np.uint8)
    positions = _motif_positions(rng, n_samples, length, n_motifs, motif_length)
    _plant(codes, motifs, positions)
    halflife, halflife_effect = _halflife_columns(rng, n_samples)
    parts = {
        "grammar": _positional_effect(rng, positions, length),
        "halflife": halflife_effect,
        "composition": np.isin(codes, (1, 2)).mean(axis=1),
    }
    signal = sum(np.sqrt(share) * _zscore(parts[name]) for name, share in shares.items())
    noise_share = max(1 - ceiling, 0.0)
    target = signal + np.sqrt(noise_share) * rng.standard_normal(n_samples)
    index = pd.Index([f"gene{i}" for i in range(n_samples)], name="gene")
    data = pd.DataFrame(halflife, index=index)
    data.insert(0, "promoter", decode(codes))
    return Bunch(
        data=data,
        target=target,
        signal=signal,
        ceiling=float(ceiling),
        shares=shares | {"noise": noise_share},
        motifs=decode(motifs),
        positions=positions,
    )


def _background(rng: np.random.Generator, n: int, length: int) -> npt.NDArray[np.uint8]:
    """Draw bases; every promoter has its own GC content, 35 to 65 %."""
    gc = rng.integers(90, 167, (n, 1), dtype=np.uint8)  # out of 256
    strong = rng.integers(0, 256, (n, length), dtype=np.uint8) < gc
    bit = rng.integers(0, 2, (n, length), dtype=np.uint8)
    return np.where(strong, bit + 1, bit * 3).astype(np.uint8)  # C or G if strong, else A or T


def _motif_positions(
    rng: np.random.Generator, n: int, length: int, n_motifs: int, motif_length: int
) -> npt.NDArray[np.int64]:
    """Draw starts (n, n_motifs), anywhere but without overlap."""
    # choose places in the sequence without motifs, then make room for them
    free = length - n_motifs * motif_length
    gaps = np.sort(rng.integers(0, free + 1, (n, n_motifs)), axis=1)
    starts = gaps + np.arange(n_motifs) * motif_length
    return rng.permuted(starts, axis=1)


def _plant(
    codes: npt.NDArray[np.uint8],
    motifs: npt.NDArray[np.uint8],
    positions: npt.NDArray[np.int64],
) -> None:
    n = len(positions)
    columns = positions[:, :, np.newaxis] + np.arange(motifs.shape[1])
    rows = np.arange(n)[:, np.newaxis, np.newaxis]
    codes[rows, columns] = motifs[np.newaxis]


def _positional_effect(
    rng: np.random.Generator, positions: npt.NDArray[np.int64], length: int
) -> npt.NDArray[np.float64]:
    """Sum the effects of all motifs: a bump a sixth of the promoter wide, of either sign."""
    n_motifs = positions.shape[1]
    centres = length * (np.arange(n_motifs) + 1) / (n_motifs + 1)
    distance = (positions - rng.permutation(centres)) / (length / 6)
    signs = np.where(np.arange(n_motifs) % 2, -1.0, 1.0)
    return np.asarray(np.exp(-(distance**2)) @ signs)


def _halflife_columns(
    rng: np.random.Generator, n: int
) -> tuple[dict[str, npt.NDArray[np.float64]], npt.NDArray[np.float64]]:
    """Draw the eight columns in their natural units, and a linear effect of their z-scores."""
    z = rng.standard_normal((n, len(HALF_LIFE_COLUMNS)))
    log_mean_and_spread = {
        "UTR5LEN": (2.2, 0.4),
        "CDSLEN": (3.1, 0.35),
        "INTRONLEN": (4.2, 0.7),
        "UTR3LEN": (3.0, 0.45),
        "ORFEXONDENSITY": (0.9, 0.3),
    }
    columns = {}
    for j, name in enumerate(HALF_LIFE_COLUMNS):
        if name in log_mean_and_spread:
            mean, spread = log_mean_and_spread[name]
            columns[name] = 10 ** (mean + spread * z[:, j]) - PSEUDOCOUNT
        else:
            columns[name] = np.clip(0.5 + 0.08 * z[:, j], 0.0, 1.0)
    columns["ORFEXONDENSITY"] = np.maximum(columns["ORFEXONDENSITY"], 0.0)
    return columns, z @ rng.standard_normal(len(HALF_LIFE_COLUMNS))


def _zscore(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    spread = values.std()
    return (values - values.mean()) / (spread if spread > 0 else 1.0)
