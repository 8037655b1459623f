"""Predictions for a file of any length: read, predict and written a table at a time."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from skxpresso._utils.partial import PartialFile
from skxpresso._utils.text import open_text
from skxpresso.datasets import iter_fasta, iter_table

__all__ = ["Scored", "predict_file"]


class Rows(NamedTuple):
    """Rows of a file: what is predicted from, and measured expression where it is there."""

    X: pd.DataFrame
    y: pd.Series | None

    def part(self, rows: slice) -> Rows:
        """Select rows."""
        return Rows(self.X.iloc[rows], None if self.y is None else self.y.iloc[rows])


class Names(NamedTuple):
    """Of the columns of the result: identifiers, and predictions."""

    rows: str
    scores: str


class Scored(NamedTuple):
    """How many rows the file of predictions has, and how many of them were there before."""

    n_rows: int
    n_resumed: int


def predict_file(
    model: Any,
    source: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    resume: bool = False,
    chunk_size: int = 1000,
    on_progress: Callable[[int], None] | None = None,
) -> Scored:
    r"""Predict every record of a FASTA file or row of a table.

    Memory does not depend on the number of records, but for 16 bytes per name, by which
    names that come twice are found.

    Parameters
    ----------
    model : estimator
        Fitted; reads a DataFrame with a column `promoter`, such as a pipeline of
        `make_xpresso_pipeline`.
    source : path-like
        FASTA or a table as of `datasets.read_table`, plain or gzip. FASTA starts with
        '>'.
    out : path-like
        Tab-separated text: columns `ID` and `SCORE` for FASTA; `Gene`, `Pred`, and
        `Actual` where there is expression, for a table. Nine significant digits. Packed
        where the name ends in `.gz`. It appears when it is complete; until then
        `<out>.part` grows.
    resume : bool, default=False
        Go on with `<out>.part`, where there is one. False starts over.
    chunk_size : int, default=1000
        Records at a time.
    on_progress : callable or None, default=None
        Called with the number of records done.

    Returns
    -------
    Scored

    Raises
    ------
    OSError
        If a file cannot be read or written.
    ValueError
        If `source` is damaged or does not fit the model, the message naming the record;
        if a prediction is no finite number; or if `<out>.part` is of another model or
        of other records.

    Examples
    --------
    >>> import tempfile
    >>> from skxpresso.baselines import mean_baseline
    >>> from skxpresso.jobs.predict import predict_file
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "genes.fa").write_text(">ENSG1\nACGT\n>ENSG2\nCCGT\n")
    >>> model = mean_baseline().fit(["ACGT", "AAAA"], [0.25, 0.75])
    >>> predict_file(model, folder / "genes.fa", folder / "scores.tsv")
    Scored(n_rows=2, n_resumed=0)
    >>> print((folder / "scores.tsv").read_text().expandtabs())
    ID      SCORE
    ENSG1   0.5
    ENSG2   0.5
    <BLANKLINE>
    """
    source, out = Path(source), Path(out)
    _check_places(source, out)
    partial = PartialFile(out)
    report = on_progress or (lambda n_rows: None)
    names, chunks = _read(source, chunk_size)
    run = _Run(model, source, names, out.suffix == ".gz")
    n_resumed = 0
    if resume and (note := partial.read_note()):
        if note.keys() != {"rows", "seen", "first"}:
            raise ValueError(f"{partial.part} holds no predictions. Start over")
        n_resumed = note["rows"]
        chunks = run.skip(chunks, note, f"{partial.part} (of an earlier run)")
        report(n_resumed)
    for rows in chunks:
        partial.append(*run.predict(rows))
        report(run.n_rows)
    partial.finish()
    return Scored(run.n_rows, n_resumed)


class _Run:
    """What was predicted so far: enough to tell whether a later run goes on with the same."""

    def __init__(self, model: Any, source: Path, names: Names, packed: bool) -> None:
        self.model = model
        self.source = source
        self.names = names
        self.packed = packed
        self.n_rows = 0
        self.first = ""  # header and first row as they are written
        self.seen = blake2b(digest_size=16)  # of all rows read

    def predict(self, rows: Rows) -> tuple[bytes, dict[str, Any]]:
        """Return text to write, and the note to go with it."""
        text = self._lines(rows, header=self.n_rows == 0)
        self._count(rows)
        note = {"rows": self.n_rows, "seen": self.seen.hexdigest(), "first": self.first}
        piece = text.encode("utf-8")
        return (gzip.compress(piece) if self.packed else piece), note

    def skip(self, chunks: Iterable[Rows], note: dict[str, Any], what: str) -> Iterator[Rows]:
        """Pass over the rows that are done, and make sure that they are those of the note."""
        for rows in chunks:
            n_left = note["rows"] - self.n_rows
            if n_left <= 0:
                yield rows
                continue
            self._count(rows.part(slice(n_left)))
            if self.first != note["first"]:
                raise ValueError(
                    f"{what} was predicted by another model, or from other records: it starts "
                    f"with {note['first']!r}, this run with {self.first!r}. Start over"
                )
            if self.n_rows == note["rows"] and self.seen.hexdigest() != note["seen"]:
                raise ValueError(f"{what} was predicted from other records. Start over")
            if len(rows.X) > n_left:
                yield rows.part(slice(n_left, None))
        if self.n_rows < note["rows"]:
            raise ValueError(f"{what} was predicted from more records. Start over")

    def _count(self, rows: Rows) -> None:
        if self.n_rows == 0:
            # alone, since a prediction may depend in its last bits on the rows beside it
            self.first = self._lines(rows.part(slice(1)), header=True)
        everything = rows.X if rows.y is None else rows.X.assign(expression=rows.y)
        hashes = pd.util.hash_pandas_object(everything, categorize=False)  # one for each row
        self.seen.update(hashes.to_numpy().tobytes())
        self.n_rows += len(rows.X)

    def _lines(self, rows: Rows, header: bool) -> str:
        try:
            predicted = np.asarray(self.model.predict(rows.X), dtype=np.float64)
        except ValueError as error:
            raise ValueError(f"{self.source}: {error}") from error
        if not np.isfinite(predicted).all():
            row = int(np.argmin(np.isfinite(predicted)))
            raise ValueError(f"the prediction of {rows.X.index[row]!r} is {predicted[row]}")
        table = pd.DataFrame({self.names.scores: predicted}, index=rows.X.index)
        if rows.y is not None:
            table["Actual"] = rows.y
        return table.to_csv(
            sep="\t",
            header=header,
            index_label=self.names.rows,
            float_format="%.9g",
            lineterminator="\n",
        )


def _read(source: Path, chunk_size: int) -> tuple[Names, Iterator[Rows]]:
    with open_text(source) as text:
        first = next((line for line in text if line.strip()), "")
    if not first:
        raise ValueError(f"{source} is empty")
    if first.startswith(">"):
        tables = iter_fasta(source, chunk_size)
        return Names("ID", "SCORE"), (Rows(X, None) for X in tables)
    return Names("Gene", "Pred"), (Rows(X, y) for X, y in iter_table(source, chunk_size))


def _check_places(source: Path, out: Path) -> None:
    """Raise before hours of work where the result could not be put in its place."""
    if not source.is_file():
        kind = "a folder" if source.is_dir() else "none" if source.exists() else "missing"
        raise OSError(f"{source} must be a file to read from, and is {kind}")
    if not out.parent.is_dir():
        raise OSError(f"{out}: there is no folder {out.parent}")
    if out.is_dir():
        raise OSError(f"{out} is a folder; the predictions need a file")
    if out.exists() and out.samefile(source):
        raise ValueError(f"{out} is the input itself, which would be lost")
