"""From sequences in any of the usual types to base codes, without a loop over bases."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from skxpresso._utils.table import is_missing, shorten
from skxpresso.sequence.onehot import INVALID, UNKNOWN

__all__ = ["check_sequence", "decode", "encode_windows", "reverse_complement"]

_COMPLEMENT = np.array([3, 2, 1, 0, UNKNOWN], dtype=np.uint8)
_LETTERS = np.frombuffer(b"ACGTN", dtype=np.uint8)


def _translation_table(other: int) -> bytes:
    """Map every byte to its base code, and those that are no nucleotide letter to `other`."""
    table = bytearray([other]) * 256
    for code, letters in enumerate([b"A", b"C", b"G", b"TU", b"NRYSWKMBDHV"]):
        for letter in letters + letters.lower():
            table[letter] = code
    return bytes(table)


_TABLES = {"error": _translation_table(INVALID), "zero": _translation_table(UNKNOWN)}


def is_sequence(x: Any) -> bool:
    """Tell whether x is one sequence: str, bytes, or a Seq or SeqRecord of Biopython.

    Biopython is not imported for that: where it is not loaded, nothing is of its types.
    """
    if isinstance(x, (str, bytes)):
        return True
    for name in ("Seq", "SeqRecord"):
        module = sys.modules.get(f"Bio.{name}")
        if module is not None and isinstance(x, getattr(module, name)):
            return True
    return False


def check_sequence(sequence: Any, label: Any) -> int:
    """Return the length of one sequence in nt; raise for anything else, naming its row."""
    if not is_sequence(sequence):
        if is_missing(sequence):
            raise ValueError(f"row {shorten(label)}: the sequence is missing ({sequence!r})")
        raise TypeError(
            f"row {shorten(label)}: a sequence must be str, bytes, Bio.Seq.Seq or SeqRecord, "
            f"got {type(sequence).__name__} ({shorten(sequence)})"
        )
    length = len(sequence)
    if length == 0:
        raise ValueError(f"row {shorten(label)}: the sequence is empty")
    return length


def encode_windows(
    sequences: Sequence[Any],
    starts: npt.NDArray[np.int64],
    length: int,
    labels: Sequence[Any],
    unknown: str = "error",
) -> npt.NDArray[np.uint8]:
    """Encode ``[start, start + length)`` of every sequence.

    Parameters
    ----------
    sequences : sequence of str, bytes, Seq or SeqRecord
        Checked by `check_sequence`.
    starts : ndarray of shape (n,), int64
        0-based; a negative start, or an end beyond the sequence, is filled with N.
    length : int
        Of the window, in nt.
    labels : sequence
        What the user calls the rows, for messages.
    unknown : {"error", "zero"}
        How to treat a character that is not an IUPAC nucleotide.

    Returns
    -------
    ndarray of shape (n, length), uint8
        0 to 3 for A, C, G, T (U counts as T), 4 for any other letter.
    """
    table = _TABLES[unknown]
    buffer = bytearray(len(sequences) * length)
    # one gene at a time stays in the processor's cache, which all genes joined do not
    for i, sequence in enumerate(sequences):
        start = int(starts[i])
        codes = _cut(sequence, start, length, labels[i]).translate(table)
        if (position := codes.find(INVALID)) >= 0:
            _raise_bad_letter(sequence, position + start, labels[i])
        buffer[i * length : (i + 1) * length] = codes
    return np.frombuffer(buffer, dtype=np.uint8).reshape(-1, length)


def _cut(sequence: Any, start: int, length: int, label: Any) -> bytes:
    stop = start + length
    left, right = max(-start, 0), max(stop - len(sequence), 0)
    piece = _to_bytes(sequence[max(start, 0) : max(stop, 0)], label)
    if left or right:
        return b"N" * min(left, length) + piece + b"N" * min(right, length)
    return piece


def _to_bytes(sequence: Any, label: Any) -> bytes:
    if isinstance(sequence, str):
        # a character beyond latin-1 becomes '?', which is no nucleotide either
        return sequence.encode("latin-1", "replace")
    if isinstance(sequence, bytes):
        return sequence
    from Bio.Seq import UndefinedSequenceError
    from Bio.SeqRecord import SeqRecord

    if isinstance(sequence, SeqRecord):
        sequence = sequence.seq
    try:
        return bytes(sequence)
    except UndefinedSequenceError as error:
        raise ValueError(
            f"row {shorten(label)}: the sequence has a length but no letters"
        ) from error


def _raise_bad_letter(sequence: Any, position: int, label: Any) -> None:
    letter = sequence[position]
    letter = chr(letter) if isinstance(letter, int) else letter
    raise ValueError(
        f"row {shorten(label)}: unexpected character {letter!r} at position {position} (0-based); "
        "expected A, C, G, T, U, N or another IUPAC nucleotide letter; "
        "unknown='zero' encodes such characters as zeros"
    )


def reverse_complement(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Give the codes of the other strand, read 5' to 3'.

    Parameters
    ----------
    codes : ndarray of shape (n, length), uint8
        Base codes 0 to 4.

    Returns
    -------
    ndarray of shape (n, length), uint8

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.sequence.encoder import reverse_complement
    >>> reverse_complement(np.array([[0, 0, 1, 4]], dtype=np.uint8))  # AACN
    array([[4, 2, 3, 3]], dtype=uint8)
    """
    return _COMPLEMENT[codes[:, ::-1]]


def decode(codes: npt.NDArray[np.uint8]) -> list[str]:
    """Turn base codes into letters.

    Parameters
    ----------
    codes : ndarray of shape (n, length), uint8
        0 to 3 for A, C, G and T, 4 for an unknown base.

    Returns
    -------
    list of str
        n sequences of `length` letters A, C, G, T and N.

    Examples
    --------
    >>> import numpy as np
    >>> from skxpresso.sequence import decode
    >>> decode(np.array([[0, 1, 2, 3], [4, 0, 0, 4]], dtype=np.uint8))
    ['ACGT', 'NAAN']
    """
    length = codes.shape[1]
    text = _LETTERS[codes].tobytes().decode("ascii")
    return [text[i : i + length] for i in range(0, len(text), length)]
