"""Effects of substitutions, by computing again only what they reach of the network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.pipeline import Pipeline

from skxpresso._kernels.mutate import edit_effects
from skxpresso.genome._alleles import Edit, Site, letters_on_strand
from skxpresso.genome._networks import PlainModel, plain_model
from skxpresso.network import XpressoRegressor

__all__ = ["LocalNetwork", "local_network"]

Codes = npt.NDArray[np.uint8]


class LocalNetwork(NamedTuple):
    """A fitted pipeline whose last step the compiled kernels can take the place of."""

    pipeline: Pipeline
    plain: PlainModel

    def deltas(
        self, X: pd.DataFrame, sites: Sequence[Site], edits: Sequence[Sequence[Edit]]
    ) -> list[npt.NDArray[np.float64]]:
        """Return the change of every network's prediction for every edit, in the units of y.

        One array (networks, edits) for each row.

        Parameters
        ----------
        X : DataFrame
            Promoters of the reference, and what else the pipeline reads; a row per gene.
        sites : sequence of Site
            Where they lie.
        edits : sequence of sequences of Edit
            For each row: as many letters as they replace.
        """
        regressor = self.pipeline[-1]
        genes = regressor._inputs.read(regressor, self.pipeline[:-1].transform(X))
        all_codes = np.asarray(genes.codes)
        before, after = self.plain.upstream, self.plain.downstream
        placed = [
            _placed(codes, site._replace(before=before, after=after), some)
            for codes, site, some in zip(all_codes, sites, edits, strict=True)
        ]
        each = [
            edit_effects(network, all_codes, genes.halflife, placed)
            for network in self.plain.networks
        ]
        scale = self.plain.scale
        return [np.stack(rows).astype(np.float64) * scale for rows in zip(*each, strict=True)]


def local_network(model: Any) -> LocalNetwork | None:
    """Return the pipeline ready for local recomputation; None where that cannot be done."""
    if not isinstance(model, Pipeline) or not isinstance(model[-1], XpressoRegressor):
        return None
    try:
        return LocalNetwork(model, plain_model(model))
    except ValueError:
        return None


def _placed(
    codes: Codes, window: Site, edits: Sequence[Edit]
) -> tuple[npt.NDArray[np.int64], Codes]:
    """Return starts and letters, all of one width, on the gene's strand and inside its window.

    Shorter edits are filled up with the letters that are there, and what lies outside of the
    window is left out.
    """
    begin, end = window.interval
    width = min(max((edit.end - edit.start for edit in edits), default=0), len(codes))
    starts = np.empty(len(edits), np.int64)
    letters = np.empty((len(edits), width), np.uint8)
    for row, edit in enumerate(edits):
        first = edit.start - begin if window.strand == "+" else end - edit.end
        new = letters_on_strand(edit.letters, window.strand)
        start = min(max(first, 0), len(codes) - width)
        starts[row] = start
        letters[row] = codes[start : start + width]
        low, high = max(first, start), min(first + len(new), start + width)
        letters[row, low - start : high - start] = new[low - first : high - first]
    return starts, letters
