"""Predictions for a file of any length: read, predicted and written a table at a time."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skxpresso._utils.digest import digest
from skxpresso._utils.naming import shown
from skxpresso._utils.outputs import claimed
from skxpresso._utils.partial import PartialFile
from skxpresso._utils.progress import Advance, progress
from skxpresso._utils.table import shorten
from skxpresso._utils.text import check_is_there
from skxpresso.datasets.promoter_files import no_promoters, open_promoters
from skxpresso.datasets.table import ColumnNames
from skxpresso.jobs._outputs import prediction_columns
from skxpresso.saving.pretrained import load_pretrained

__all__ = ["Scored", "predict"]


class Rows(NamedTuple):
    """Rows of a file: what the model predicts from, and measured expression if there is any."""

    X: pd.DataFrame
    y: pd.Series | None

    def part(self, rows: slice) -> Rows:
        """Select rows."""
        return Rows(self.X.iloc[rows], None if self.y is None else self.y.iloc[rows])


class Names(NamedTuple):
    """Names of the columns of the result: identifiers and predictions."""

    rows: str
    scores: str


class Scored(NamedTuple):
    """How many rows the file of predictions has, and how many an earlier run wrote."""

    n_rows: int
    n_resumed: int


def predict(
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    model: Any,
    tss: int | None = None,
    resume: bool = False,
    chunk_size: int = 1000,
    columns: ColumnNames | None = None,
    verbose: int = 1,
) -> Scored:
    r"""Predict every record of a FASTA file or row of a table.

    Memory does not depend on the number of records, except for 16 bytes per name, which
    serve to find duplicate names.

    Parameters
    ----------
    source : path-like
        FASTA, or a table for `datasets.read_table`; a file or pipe, "-" for standard input.
        FASTA starts with '>'.
    out : path-like
        File to write, as tab-separated text. It has the columns `ID` and `SCORE` for
        FASTA; `Gene`, `Pred` and, if there is expression, `Actual` for a table. An ensemble
        adds `Std` behind its predictions, the spread of its networks. A model of several cell
        types writes a column for each, by its name, and `_Std` behind those names. Numbers
        have nine significant digits. The file is compressed if the name ends in `.gz`. It
        appears when it is complete; until then `<out>.part` grows. Missing folders are made.
    model : str, path-like or estimator
        A name or path for `load_pretrained`, or a fitted estimator that reads a DataFrame
        with a column `promoter`, such as a pipeline from `make_xpresso_pipeline`.
    tss : int or None, default=None
        Passed to `load_pretrained`, for a published network.
    resume : bool, default=False
        Continue `<out>.part`, if there is one. False starts over.
    chunk_size : int, default=1000
        Number of records at a time.
    columns : dict or None, default=None
        Names of columns of a table: parameters of `datasets.read_table`.
    verbose : int, default=1
        1 shows a count of records if a terminal or a notebook displays standard error.

    Returns
    -------
    Scored

    Raises
    ------
    OSError
        If a file cannot be read or written, or another process writes it.
    ValueError
        If `source` is damaged or does not fit the model, in which case the message names
        the record; if a prediction is not a finite number; if `<out>.part` comes from
        another model or other records; or if an output file is also an input.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from skxpresso.baselines import mean_baseline
    >>> from skxpresso.jobs.predict import predict
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "genes.fa").write_text(">ENSG1\nACGT\n>ENSG2\nCCGT\n")
    >>> model = mean_baseline().fit(["ACGT", "AAAA"], [0.25, 0.75])
    >>> predict(folder / "genes.fa", folder / "scores.tsv", model=model)
    Scored(n_rows=2, n_resumed=0)
    >>> print((folder / "scores.tsv").read_text().expandtabs())
    ID      SCORE
    ENSG1   0.5
    ENSG2   0.5
    <BLANKLINE>
    """
    check_is_there(source)
    partial = PartialFile(out)
    is_file = isinstance(model, (str, os.PathLike))
    with (
        claimed(partial.files, [source, *([model] if is_file else [])]),
        open_promoters(source, chunk_size, columns) as promoters,
    ):
        if is_file:
            model = load_pretrained(model, tss=tss)
        elif tss is not None:
            raise ValueError(f"tss={tss} is for a published network; the model given has its own")
        names = Names("ID", "SCORE") if promoters.is_fasta else Names("Gene", "Pred")
        chunks: Iterator[Rows] = (Rows(X, y) for X, y in promoters.chunks)
        run = _Run(model, str(shown(source)), names, partial.path.suffix == ".gz")
        with progress(None, "records", show=verbose > 0) as advance:
            n_resumed = 0
            if resume and (note := partial.read_note()):
                if note.keys() != {"rows", "seen", "first", "model"}:
                    raise ValueError(f"{partial.part} holds no predictions. Start over")
                n_resumed = note["rows"]
                chunks = run.skip(chunks, note, f"{partial.part} (of an earlier run)")
                advance(n_resumed)
            _predict_all(run, chunks, partial, advance)
        partial.finish()
    return Scored(run.n_rows, n_resumed)


def _predict_all(run: _Run, chunks: Iterable[Rows], partial: PartialFile, advance: Advance) -> None:
    kept = 0
    try:
        for rows in chunks:
            partial.append(*run.predict(rows))
            kept = run.n_rows
            advance(len(rows.X))
    except BaseException as error:
        if kept:
            error.add_note(f"{partial.part} keeps {kept:,} rows; resuming goes on with them")
        raise


class _Run:
    """What was predicted so far: enough to tell whether a later run continues the same work."""

    def __init__(self, model: Any, source: str, names: Names, packed: bool) -> None:
        self.model = model
        self.source = source
        self.names = names
        self.packed = packed
        self.n_rows = 0
        self.digest = digest(model, fitted=True)
        self.first = ""  # header and first row as written
        self.seen = blake2b(digest_size=16)  # digest of all rows read

    def predict(self, rows: Rows) -> tuple[bytes, dict[str, Any]]:
        """Return the text to write, and the note that goes with it."""
        text = self._lines(rows, header=self.n_rows == 0)
        self._count(rows)
        seen = self.seen.hexdigest()
        note = {"rows": self.n_rows, "seen": seen, "first": self.first, "model": self.digest}
        piece = text.encode("utf-8")
        return (gzip.compress(piece, mtime=0) if self.packed else piece), note

    def skip(self, chunks: Iterable[Rows], note: dict[str, Any], what: str) -> Iterator[Rows]:
        """Skip the rows that are done, and check that they match the note."""
        if note["model"] != self.digest:
            raise ValueError(f"{what} was predicted by another model. Start over")
        for rows in chunks:
            n_left = note["rows"] - self.n_rows
            if n_left <= 0:
                yield rows
                continue
            self._count(rows.part(slice(n_left)))
            if self.first != note["first"]:
                raise ValueError(
                    f"{what} was predicted from other records: it starts with "
                    f"{shorten(note['first'])}, this run with {shorten(self.first)}. Start over"
                )
            if self.n_rows == note["rows"] and self.seen.hexdigest() != note["seen"]:
                raise ValueError(f"{what} was predicted from other records. Start over")
            if len(rows.X) > n_left:
                yield rows.part(slice(n_left, None))
        if self.n_rows < note["rows"]:
            raise ValueError(f"{what} was predicted from more records. Start over")

    def _count(self, rows: Rows) -> None:
        if self.n_rows == 0:
            # alone, since the last bits of a prediction may depend on the other rows of its batch
            self.first = self._lines(rows.part(slice(1)), header=True)
        everything = rows.X if rows.y is None else rows.X.assign(expression=rows.y)
        hashes = pd.util.hash_pandas_object(everything, categorize=False)  # one for each row
        self.seen.update(hashes.to_numpy().tobytes())
        self.n_rows += len(rows.X)

    def _lines(self, rows: Rows, header: bool) -> str:
        try:
            predicted = prediction_columns(self.model, rows.X, self.names.scores)
        except ValueError as error:
            needed = "'promoter'" in str(error)  # a model of half-lives needs none
            reason = (no_promoters(rows.X) if needed else "") or error
            raise ValueError(f"{self.source}: {reason}") from error
        scores = np.column_stack(list(predicted.values()))
        if not np.isfinite(scores).all():
            row, column = np.argwhere(~np.isfinite(scores))[0]
            raise ValueError(
                f"the prediction for row {rows.X.index[row]!r} is {scores[row, column]}"
            )
        table = pd.DataFrame(predicted, index=rows.X.index)
        if rows.y is not None:
            table["Actual"] = rows.y
        return table.to_csv(
            sep="\t",
            header=header,
            index_label=self.names.rows,
            float_format="%.9g",
            lineterminator="\n",
        )
