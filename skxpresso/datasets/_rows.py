"""Rows of a table file as they stand: separated text or parquet, a few thousand at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from operator import itemgetter
from typing import Any, Protocol

from skxpresso._utils.naming import is_standard_input, shown
from skxpresso._utils.table import quote
from skxpresso._utils.text import open_text

__all__ = ["Chunk", "PeekedLines", "Rows", "TextRows", "is_parquet", "open_rows"]

Path = str | os.PathLike[str]

#: A chunk of rows: a list of values for each column, text or what parquet holds.
Chunk = list[list[Any]]

_FORMS = {"\t": "tab-separated", ",": "comma-separated", ";": "semicolon-separated"}


class Rows(Protocol):
    """A table that is read once, from the top to the bottom."""

    names: list[str]  # of the columns, as in the file
    form: str  # what the file is, in words

    def chunks(self, columns: Sequence[int], size: int) -> Iterator[tuple[int, Chunk]]:
        """Yield the number of rows, and the values of some columns, of each chunk."""


@contextlib.contextmanager
def open_rows(path: Path) -> Iterator[Rows]:
    """Open a table: text separated by tabs, commas or semicolons, or parquet.

    Parameters
    ----------
    path : path-like
        File or pipe, as for `open_text`; parquet from a file alone.

    Yields
    ------
    Rows

    Raises
    ------
    ImportError
        If it is parquet, or compressed with Zstandard, and the library is missing.
    OSError, ValueError
        As for `open_text`; in `chunks`, if a row is damaged, in which case the message
        names its line.
    """
    if is_parquet(path):
        from skxpresso.datasets._parquet import ParquetRows

        yield ParquetRows(path)
        return
    with open_text(path) as text:
        yield TextRows(text, shown(path))


def is_parquet(path: Path) -> bool:
    """Tell whether a file is parquet, by its first bytes."""
    if is_standard_input(path) or not os.path.isfile(path):
        return False  # a pipe cannot be read twice
    with open(path, "rb") as file:
        return file.read(4) == b"PAR1"


class TextRows:
    r"""Rows of separated text. Quotes are understood within a line, and never beyond it.

    Parameters
    ----------
    lines : iterable of str
        The text.
    where : object
        What messages call the file.

    Notes
    -----
    In text separated by tabs only a field that begins and ends with a quote is quoted; in
    any other a quote is a letter like the rest. In text separated by commas or semicolons
    a field that begins with a quote must end with one, on the same line.

    Examples
    --------
    >>> from skxpresso.datasets._rows import TextRows
    >>> rows = TextRows(['ID,note\n', 'a,"5, prime"\n', 'b,3 prime\n'], "genes.csv")
    >>> rows.names, rows.form, list(rows.chunks([1, 0], 10))
    (['ID', 'note'], 'comma-separated', [(2, [['5, prime', '3 prime'], ['a', 'b']])])
    """

    def __init__(self, lines: Iterable[str], where: Any) -> None:
        self._lines = enumerate(lines, start=1)
        self._where = where
        number, header = next(((i, line) for i, line in self._lines if line.strip()), (0, ""))
        self._separator = "\t" if "\t" in header else max(",;", key=header.count)
        if self._separator not in header:
            self._separator = "\t"
        self.form = _FORMS[self._separator]
        self.names = [name.strip() for name in self._split(header, number)]
        while len(self.names) > 1 and self.names[-1] == "":
            self.names.pop()

    def chunks(self, columns: Sequence[int], size: int) -> Iterator[tuple[int, Chunk]]:
        """Yield the number of rows, and the values of some columns, of each chunk.

        Rows of blank fields alone are skipped.
        """
        rows = self._rows()
        select = itemgetter(*columns) if len(columns) > 1 else None
        while chunk := list(islice(rows, size)):
            if select is not None:
                yield len(chunk), [list(values) for values in zip(*map(select, chunk), strict=True)]
            else:
                yield len(chunk), [[fields[i] for fields in chunk] for i in columns]

    def _rows(self) -> Iterator[list[str]]:
        wanted = len(self.names)
        for number, line in self._lines:
            fields = self._split(line, number)
            if len(fields) != wanted:
                if not line.strip():
                    continue
                if len(fields) < wanted or any(map(str.strip, fields[wanted:])):
                    raise self._misfit(number, fields)
                del fields[wanted:]
            elif line.isspace() or not any(map(str.strip, fields)):
                continue
            yield fields

    def _misfit(self, number: int, fields: list[str]) -> ValueError:
        hint = ""
        if any(field.startswith('"') for field in fields):
            hint = "; a quoted field must end on its line"
        elif len(fields) == len(self.names) + 1:
            hint = "; if names of rows come first, as R writes them, name their column, too"
        return ValueError(
            f"{self._where}: line {number} has {len(fields)} field{'s' * (len(fields) != 1)} "
            f"where the header ({self.form}) has {len(self.names)}{hint}"
        )

    def _split(self, line: str, number: int) -> list[str]:
        line = line.rstrip("\r\n")
        if '"' not in line:
            return line.split(self._separator)
        if self._separator == "\t":
            return [_unquote(field) for field in line.split("\t")]
        try:
            return _split_quoted(line, self._separator)
        except ValueError as error:
            raise ValueError(f"{self._where}: line {number}: {error}") from None


def _unquote(field: str) -> str:
    """Remove the quotes around a field."""
    text = field.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return field


def _split_quoted(line: str, separator: str) -> list[str]:
    """Split a line that holds quotes; a separator between two of them is a letter."""
    fields: list[str] = []
    start = 0
    while True:
        if line[start : start + 1] != '"':
            end = line.find(separator, start)
            end = len(line) if end < 0 else end
            fields.append(line[start:end])
        else:
            end = _closing_quote(line, start) + 1
            if line[end : end + 1] not in ("", separator):
                raise ValueError(
                    f"{quote([line[start : end + 10]])} goes on behind its closing quote"
                )
            fields.append(line[start + 1 : end - 1].replace('""', '"'))
        if end == len(line):
            return fields
        start = end + 1


def _closing_quote(line: str, start: int) -> int:
    """Return the place of the quote that ends a field; two in a row are one letter."""
    end = line.find('"', start + 1)
    while end >= 0 and line[end + 1 : end + 2] == '"':
        end = line.find('"', end + 2)
    if end < 0:
        raise ValueError(
            f"the quoted field {quote([line[start : start + 30]])} does not end on its line"
        )
    return end


class PeekedLines:
    r"""Lines of a text, of which the first that is not blank is known before it is read.

    Examples
    --------
    >>> from skxpresso.datasets._rows import PeekedLines
    >>> lines = PeekedLines(["\n", ">a\n", "ACGT\n"])
    >>> lines.first, list(lines)
    ('>a\n', ['\n', '>a\n', 'ACGT\n'])
    """

    def __init__(self, text: Iterable[str]) -> None:
        lines = iter(text)
        read = []
        self.first = ""
        for line in lines:
            read.append(line)
            if line.strip():
                self.first = line
                break
        self._lines = chain(read, lines)

    def __iter__(self) -> Iterator[str]:
        return self._lines
