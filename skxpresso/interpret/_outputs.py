"""What an Attribution writes and draws: peaks, tracks, the files of motif discovery, pictures."""

from __future__ import annotations

import os
from typing import Any

import pandas as pd

from skxpresso.interpret._peaks import find_peaks
from skxpresso.interpret._pictures import draw_logo, draw_track, one_gene
from skxpresso.interpret._tracks import write_track
from skxpresso.interpret.modisco import write_modisco

__all__ = ["AttributionOutputs"]


class AttributionOutputs:
    """The methods of `Attribution` that make something else of it."""

    def peaks(
        self,
        width: int = 11,
        *,
        fdr: float = 0.05,
        null: Any = None,
        random_state: int = 0,
    ) -> pd.DataFrame:
        """Find stretches that contribute more than chance gives.

        Contributions are summed over `width` neighbours; stretches are where such windows
        reach the threshold, joined where they overlap, upwards and downwards apart.

        Parameters
        ----------
        width : int, default=11
            Of the windows, in nt.
        fdr : float, default=0.05
            The threshold is the lowest above which chance has this share of what is found.
        null : Attribution or None, default=None
            What chance is: of shuffled promoters, by the same method. None: the genes' own
            contributions, each gene's positions shuffled.
        random_state : int, default=0
            Seed of that.

        Returns
        -------
        DataFrame
            `gene`, `start` and `end` in the window (0-based, half-open), `from_tss` of the
            start where the TSS is known, `sign`, `contribution` (the sum), `sequence`, and
            where places are known `chrom`, `chrom_start`, `chrom_end` and `strand`; sorted by
            gene and start. No row where nothing stands out.

        Raises
        ------
        ValueError
            If `width` or `fdr` is out of range.
        """
        return find_peaks(self, width=width, fdr=fdr, null=null, random_state=random_state)

    def to_bedgraph(self, path: str | os.PathLike[str], lengths: Any = None) -> None:
        """Write the contributions along the genome as bedGraph.

        A position that several genes reach has their mean, whatever their strands.

        Parameters
        ----------
        path : path-like
            ``.bedgraph`` or ``.bg``, packed with ``.gz`` behind it.
        lengths : mapping of str to int, Genome or path-like, default=None
            Of the chromosomes, or the FASTA that has them, in the order of the file. None:
            the order of the genes, and nothing is cut at the ends of chromosomes.

        Raises
        ------
        ValueError
            If the places of the genes are not known.
        """
        _check_ending(path, (".bedgraph", ".bg", ".bedgraph.gz", ".bg.gz"))
        write_track(self, path, lengths)

    def to_bigwig(self, path: str | os.PathLike[str], lengths: Any) -> None:
        """Write the contributions along the genome as bigWig.

        A position that several genes reach has their mean, whatever their strands.

        Parameters
        ----------
        path : path-like
            ``.bw`` or ``.bigwig``.
        lengths : mapping of str to int, Genome or path-like
            Of all chromosomes that the genes lie on, or the FASTA that has them.

        Raises
        ------
        ImportError
            If pybigtools is missing; the extra `genome` brings it.
        ValueError
            If the places of the genes are not known, or a chromosome has no length.
        """
        _check_ending(path, (".bw", ".bigwig"))
        if lengths is None:
            raise ValueError("lengths must be given: bigWig holds those of the chromosomes")
        write_track(self, path, lengths)

    def to_modisco(
        self,
        folder: str | os.PathLike[str],
        *,
        width: int | None = None,
        centres: pd.DataFrame | None = None,
    ) -> pd.DataFrame:
        """Write what tfmodisco-lite reads to find motifs, and a table that leads back.

        ``modisco motifs -s FOLDER/sequences.npz -a FOLDER/contributions.npz -n 2000 -o
        motifs.h5 -w WIDTH`` finds them, `read_modisco` puts them back in their genes.

        Parameters
        ----------
        folder : path-like
            Made if missing. Holds `sequences.npz` and `contributions.npz`, arrays of shape
            (rows, 4, width), and `rows.tsv`, the table.
        width : int or None, default=None
            Of every row, in nt. None: all positions.
        centres : DataFrame or None, default=None
            Stretches, as `peaks` gives them: a row for each, its middle in the middle, moved
            inwards at the ends of the window. None: a row for every gene, from the middle.

        Returns
        -------
        DataFrame
            The table: `row`, `gene_row`, `gene`, `start` and `end` in the window that the
            model reads, and where places are known `chrom`, `chrom_start`, `chrom_end` and
            `strand`; 0-based, half-open.

        Raises
        ------
        ValueError
            If `width` is out of range, or `centres` names genes or positions that are not
            there.
        """
        return write_modisco(self, folder, width=width, centres=centres)

    def plot_logo(
        self, gene: Any = None, start: int | None = None, end: int | None = None, *, ax: Any = None
    ) -> Any:
        """Draw letters as high as they contribute.

        Parameters
        ----------
        gene : str or None, default=None
            Name. None: the only gene.
        start, end : int or None, default=None
            Positions [start, end) of the window that the model reads, at most 500. None: the
            first, the last.
        ax : matplotlib.axes.Axes or None, default=None
            Where to draw. None: a new figure.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ImportError
            If logomaker is missing; the extra `interpret` brings it.
        ValueError
            If there is no such gene or stretch.
        """
        return draw_logo(one_gene(self, gene, start, end), ax)

    def plot_track(
        self,
        gene: Any = None,
        start: int | None = None,
        end: int | None = None,
        *,
        smooth: int = 1,
        ax: Any = None,
    ) -> Any:
        """Draw the contributions along a window.

        Parameters
        ----------
        gene, start, end, ax
            As for `plot_logo`, for as many positions as there are.
        smooth : int, default=1
            Sums over so many neighbours, in nt, are drawn.

        Returns
        -------
        matplotlib.axes.Axes

        Raises
        ------
        ValueError
            If there is no such gene or stretch.
        """
        return draw_track(one_gene(self, gene, start, end), smooth, ax)


def _check_ending(path: str | os.PathLike[str], endings: tuple[str, ...]) -> None:
    if not os.fspath(path).lower().endswith(endings):
        raise ValueError(f"{os.fspath(path)} must end in {' or '.join(endings)}")
