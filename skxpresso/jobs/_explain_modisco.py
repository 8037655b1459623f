"""Files for motif discovery as `Attribution.to_modisco` writes them, of genes that pass by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.files import replacing
from skxpresso.interpret import Attribution

__all__ = ["ModiscoFiles"]


class ModiscoFiles:
    """Windows of all genes around the TSS, gathered as they pass by.

    Parameters
    ----------
    width : int
        Of the windows, in nt; what is explained may be shorter. They are centred on the TSS, or
        on the middle where it is not known, as far as that lies within what is explained.
    """

    def __init__(self, width: int) -> None:
        self._width = width
        self._codes: list[npt.NDArray[np.uint8]] = []
        self._hypothetical: list[npt.NDArray[np.float32]] = []
        self._rows: list[pd.DataFrame] = []

    def add(self, attribution: Attribution) -> None:
        """Take in some genes."""
        width = min(self._width, attribution.width)
        middle = attribution.width // 2
        if attribution.tss is not None:
            middle = attribution.tss - attribution.start
        low = int(np.clip(middle - width // 2, 0, attribution.width - width))
        start = attribution.start + low
        window = attribution.stretch(start, start + width)
        self._codes.append(window.codes.copy())
        self._hypothetical.append(window.hypothetical.copy())
        rows = pd.DataFrame({"gene": window.names, "start": start, "end": start + width})
        if window.places is not None:
            places = window.places.reset_index(drop=True)
            rows[["chrom", "chrom_start", "chrom_end", "strand"]] = places
        self._rows.append(rows)

    def write(self, sequences: Path, contributions: Path, rows: Path, text: Any) -> None:
        """Write arrays of shape (n, 4, width) and the table, whose row k is of their row k."""
        codes = np.concatenate(self._codes)
        one_hot = np.eye(5, 4, dtype=np.int8)[codes].transpose(0, 2, 1)
        hypothetical = np.concatenate(self._hypothetical).transpose(0, 2, 1)
        for path, array in ((sequences, one_hot), (contributions, hypothetical)):
            with replacing(path) as name:
                np.savez_compressed(name, array)
        table = pd.concat(self._rows, ignore_index=True)
        numbers = np.arange(len(table))
        table.insert(0, "row", numbers)
        table.insert(1, "gene_row", numbers)
        with replacing(rows) as name:
            table.to_csv(name, index=False, **text)
