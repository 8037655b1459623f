"""Native yeast promoter fragments with measured expression, which come with the package."""

from __future__ import annotations

from numbers import Integral

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, validate_params

from skxpresso.datasets._packed import read_description, read_packed, unpack_bases
from skxpresso.datasets._yeast_places import read_places
from skxpresso.metrics import noise_ceiling
from skxpresso.sequence.letters import decode

__all__ = ["load_yeast_promoters"]

_SHA256 = "fa5c104f551036a54e2a579f9a262b1e8432adf856c75256bf0c72b8bf4c0793"
_N = 61_236
_REPLICATES = ["expression_rep1", "expression_rep2"]
_UNIT = 10_000  # numbers are stored as integers in units of 1e-4


@validate_params(
    {
        "n": [Interval(Integral, 1, _N, closed="both"), None],
        "random_state": ["random_state"],
    },
    prefer_skip_nested_validation=True,
)
def load_yeast_promoters(
    n: int | None = None, *, random_state: int | np.random.RandomState | None = 0
) -> Bunch:
    """Load 61,236 native yeast promoter fragments of 120 nt with measured expression.

    The fragments drive a reporter gene in yeast, and the cells were sorted by its
    brightness (de Boer et al. 2020). The fragments tile promoters, so nearly every fragment
    shares sequence with others: split them by `shared_sequence_groups`, see the example.

    Parameters
    ----------
    n : int or None, default=None
        Number of fragments to draw, without replacement. They stay in the order of the
        file, which is nearly alphabetical: the first thousand all begin with A. None
        returns all of them.
    random_state : int, RandomState instance or None, default=0
        Seed of the draw. The same seed gives the same fragments; with a larger `n`, they
        include those of a smaller `n`. None draws different fragments each time.

    Returns
    -------
    sklearn.utils.Bunch
        - `data` : DataFrame of shape (n, 1), the column `promoter` (str, 120 nt of A, C, G,
          T); the index is the 0-based row in the source;
        - `target` : Series of shape (n,), float64, `expression`: both replicates combined by
          the authors, in sorting bins, -1.9 to 19.4;
        - `replicates` : DataFrame of shape (n, 2), float64, `expression_rep1` and
          `expression_rep2`, in sorting bins, 0 to 17;
        - `places` : DataFrame of shape (n, 6): where in the genome (S288C R64) the 80 nt between
          the constant ends lie, `chrom` (I to XVI), `start`, `end` (0-based, half-open), `strand`;
          `gene` (systematic name), whose coding sequence begins first behind the fragment on its
          strand, 1,000 nt at most behind it; `n_places`, how often the 80 nt occur. Missing
          where they occur more than once (1,216 fragments), and where no gene is near;
        - `ceiling` : float, the R² that a perfect model reaches against the average of the
          replicates, by `noise_ceiling` of all fragments: 0.979;
        - `flank` : int, 20, the nt at either end that are the same in all fragments;
        - `feature_names` : list of str, the columns of `data`;
        - `DESCR` : str, what the data are and where they come from.

    Raises
    ------
    ValueError
        If `n` is not 1 to 61,236.
    OSError
        If the file of the package is missing, or its checksum is wrong.

    See Also
    --------
    make_promoters : Promoters with half-life columns and a known grammar.
    skxpresso.model_selection.shared_sequence_groups : Groups fragments for folds.

    Notes
    -----
    Source: GEO GSE104878, in the table that yeastpro/ExpressYeaself (MIT licence) keeps; GEO
    puts no restriction on use. The file is `datasets/data/yeast_promoters.npz`, 1.7 MB, with
    the sha256 fa5c104f551036a54e2a579f9a262b1e8432adf856c75256bf0c72b8bf4c0793, which is
    checked whenever it is loaded; `tools/pack_yeast.py` made it. No number is rounded. The places
    were found by `tools/pack_yeast_places.py` in SGD's genome and Ensembl 99's annotation.

    References
    ----------
    de Boer CG, Vaishnav ED, Sadeh R, Abeyta EL, Friedman N, Regev A (2020). Deciphering
    eukaryotic gene-regulatory logic with 100 million random promoters. Nature Biotechnology
    38:56-65.

    Examples
    --------
    >>> from sklearn.model_selection import GroupShuffleSplit
    >>> from skxpresso.datasets import load_yeast_promoters
    >>> from skxpresso.model_selection import shared_sequence_groups
    >>> yeast = load_yeast_promoters(2000)
    >>> yeast.data.shape, yeast.target.shape, round(yeast.ceiling, 3)
    ((2000, 1), (2000,), 0.979)
    >>> varying = yeast.data["promoter"].str[yeast.flank : -yeast.flank]
    >>> groups = shared_sequence_groups(varying)
    >>> split = GroupShuffleSplit(1, test_size=0.2, random_state=0)
    >>> train, test = next(split.split(yeast.data, groups=groups))
    >>> set(groups[train]) & set(groups[test])
    set()

    Whole chromosomes can be held out, too:

    >>> places = yeast.places[yeast.places["n_places"] == 1]
    >>> places["chrom"].nunique()
    16
    """
    arrays = read_packed("yeast_promoters.npz", _SHA256)
    numbers = pd.DataFrame({name: arrays[name] / _UNIT for name in [*_REPLICATES, "expression"]})
    ceiling = noise_ceiling(numbers[_REPLICATES])
    rows = np.arange(_N) if n is None else _draw(n, random_state)
    numbers = numbers.iloc[rows]
    promoters = decode(_with_ends(arrays, rows))
    return Bunch(
        data=pd.DataFrame({"promoter": promoters}, index=numbers.index),
        target=numbers["expression"],
        replicates=numbers[_REPLICATES],
        places=read_places(rows),
        ceiling=ceiling,
        flank=arrays["left"].shape[1],
        feature_names=["promoter"],
        DESCR=read_description("yeast_promoters.md"),
    )


def _draw(n: int, random_state: int | np.random.RandomState | None) -> npt.NDArray[np.intp]:
    """Draw rows so that a smaller draw of the same seed is part of a larger one."""
    return np.sort(check_random_state(random_state).permutation(_N)[:n])


def _with_ends(arrays: dict[str, npt.NDArray], rows: npt.NDArray[np.intp]) -> npt.NDArray[np.uint8]:
    """Put the constant ends around the bases of some rows; base codes (n, 120)."""
    left, right = (np.repeat(arrays[end], len(rows), axis=0) for end in ("left", "right"))
    return np.hstack([left, unpack_bases(arrays["packed"][rows]), right])
