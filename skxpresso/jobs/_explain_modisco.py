"""Files for motif discovery as `Attribution.to_modisco` writes them, of genes that pass by."""

from __future__ import annotations

import zipfile
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.files import replacing
from skxpresso.interpret import Attribution

__all__ = ["ModiscoFiles"]

_ONE_HOT = np.eye(5, 4, dtype=np.int8)


class ModiscoFiles:
    """Windows of all genes around the TSS, written as they pass by.

    A context: the files appear when it ends without an error.

    Parameters
    ----------
    width : int
        Of the windows, in nt; what is explained may be shorter. They are centred on the TSS, or
        on the middle where it is not known, as far as that lies within what is explained.
    n_genes : int
        How many genes there will be.
    sequences, contributions : pathlib.Path
        For arrays of shape (n_genes, 4, width), compressed as numpy does.
    """

    def __init__(self, width: int, n_genes: int, sequences: Path, contributions: Path) -> None:
        self._width, self._n_genes = width, n_genes
        self._paths = sequences, contributions
        self._stack = ExitStack()
        self._arrays: list[Any] = []
        self._n_written = 0

    def __enter__(self) -> ModiscoFiles:
        with ExitStack() as stack:
            for path in self._paths:
                name = stack.enter_context(replacing(path))
                archive = stack.enter_context(zipfile.ZipFile(name, "w", zipfile.ZIP_DEFLATED))
                array = archive.open("arr_0.npy", "w", force_zip64=True)
                self._arrays.append(stack.enter_context(array))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, at)

    def add(self, attribution: Attribution) -> pd.DataFrame:
        """Write the windows of some genes; return the table of their rows."""
        width = min(self._width, attribution.width)
        middle = attribution.width // 2
        if attribution.tss is not None:
            middle = attribution.tss - attribution.start
        low = int(np.clip(middle - width // 2, 0, attribution.width - width))
        start = attribution.start + low
        window = attribution.stretch(start, start + width)
        self._write(_ONE_HOT[window.codes], window.hypothetical)
        numbers = np.arange(len(window)) + self._n_written
        self._n_written += len(window)
        rows = {"row": numbers, "gene_row": numbers, "gene": window.names}
        table = pd.DataFrame(rows | {"start": start, "end": start + width})
        return table.join(window.places_of(np.arange(len(window)), table["start"], table["end"]))

    def _write(self, *values: npt.NDArray[Any]) -> None:
        """Append values (genes, width, 4) to each array; the first ones behind its header."""
        for array, some in zip(self._arrays, values, strict=True):
            rows = np.ascontiguousarray(some.transpose(0, 2, 1))
            if not self._n_written:
                header = np.lib.format.header_data_from_array_1_0(rows)
                header["shape"] = (self._n_genes, *rows.shape[1:])
                np.lib.format.write_array_header_1_0(array, header)
            array.write(rows.data)
