"""Scan a genome, and write the tracks of its strands."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from skxpresso._utils.files import together
from skxpresso._utils.outputs import claimed
from skxpresso.genome import Genome, Track, scan
from skxpresso.genome.bigwig import track_format

__all__ = ["scan_to_files"]


def scan_to_files(
    model: Any,
    fasta: str | os.PathLike[str],
    outs: Sequence[str | os.PathLike[str]],
    region: str | None = None,
    *,
    strands: str = "both",
    reads: Sequence[str | os.PathLike[str]] = (),
    resume: bool = False,
    offsets: Mapping[str, int] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> Track:
    """Scan a genome, and write a file per strand.

    Parameters
    ----------
    model : Pipeline
        Passed to `scan`.
    fasta : path-like
        FASTA file of the genome.
    outs : sequence of path-like
        Files to write, one for each strand, with the plus strand first: bigWig or
        bedGraph, by their endings. Until they are complete, `<first>.pieces` keeps what is
        done.
    region, strands, on_progress
        Passed to `scan`.
    reads : sequence of path-like, default=()
        Further files that must not be written over, such as that of the model.
    resume : bool, default=False
        Continue with the pieces that an earlier run left. False starts over.
    offsets : mapping of str to int, default=None
        Passed to `Genome`.
    **options : dict
        Passed to `scan`.

    Returns
    -------
    Track

    Raises
    ------
    OSError, ValueError
        As for `scan`, and if `outs` are not as many as the strands, cannot be written, or
        are the same.
    """
    paths = [Path(out) for out in outs]
    wanted = 2 if strands == "both" else 1
    if len(paths) != wanted:
        raise ValueError(
            f"there are {len(paths)} names in --out, but {wanted} strand{'s' * (wanted > 1)} to "
            "write; separate names by a comma"
        )
    for path in paths:
        track_format(path)
    with claimed(paths, [fasta, *reads]):
        genome = Genome(fasta, offsets=offsets)
        keep = paths[0].with_name(f"{paths[0].name}.pieces")
        if not resume and (keep / "scan.json").exists():
            for piece in (*keep.glob("*.npy"), keep / "scan.json"):
                piece.unlink()
        track = scan(
            model, genome, region, strands=strands, keep=keep, on_progress=on_progress, **options
        )
        with together():
            for strand, path in zip(track.values, paths, strict=True):
                track.write(path, strand)
    return track
