"""Recognize histone genes by their symbols, and remove versions from Ensembl IDs."""

from __future__ import annotations

import pandas as pd

__all__ = ["is_histone", "without_version"]

# The published data leave out every gene named HIST... (human) or Hist... (mouse) in Ensembl 90:
# replication-dependent histones, whose mRNA has no poly(A) tail. These are their names, and those
# that the same genes got in 2019 and later (Seal et al. 2022, Epigenetics & Chromatin 15:34).
_HISTONES = {
    "human": "HIST[0-9]|(?:H1-[1-6]|H2A(?:C[0-9]+|W)|H2B(?:C[0-9]+|U[0-9])|H3C[0-9]+|H3-4|"
    "H4C[0-9]+|H4-16)P?$",
    "mouse": "Hist[0-9]|(?:H1f[1-6]|H2a(?:c[0-9]+|w)|H2b(?:c[0-9]+|u[0-9])|H3c[0-9]+|H3f4|"
    "H4c[0-9]+|H4f16)(?:-ps)?$",
}


def is_histone(symbols: pd.Series, species: str) -> pd.Series:
    """Tell which gene symbols name replication-dependent histones.

    Parameters
    ----------
    symbols : Series of str
        Gene symbols of HGNC (human) or MGI (mouse).
    species : {"human", "mouse"}
        Species of the symbols; mouse symbols are in lower case after the first letter.

    Returns
    -------
    Series of bool

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.datasets._histones import is_histone
    >>> is_histone(pd.Series(["HIST1H4A", "H4C1", "H3-3A", "TP53"]), "human").tolist()
    [True, True, False, False]
    """
    return symbols.str.strip().str.match(_HISTONES[species])


def without_version(ids: pd.Index) -> pd.Index:
    """Remove the version from Ensembl IDs; other names are unchanged.

    Parameters
    ----------
    ids : Index of str
        Gene names.

    Returns
    -------
    Index of str

    Examples
    --------
    >>> import pandas as pd
    >>> from skxpresso.datasets._histones import without_version
    >>> without_version(pd.Index(["ENSG00000100170.7", "NKX2.5"])).tolist()
    ['ENSG00000100170', 'NKX2.5']
    """
    return ids.str.replace(r"^(ENS[A-Z]*[0-9]+)\.[0-9]+$", r"\1", regex=True)
