"""What is said of all explained genes together, gathered as they pass by."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from skxpresso._utils.table import quote
from skxpresso.interpret import Attribution
from skxpresso.jobs._explain_stretches import strongest_stretches

__all__ = ["Summary"]

_BINS = 200  # of the profile in the picture


class Summary:
    """Sums over genes, and the few genes that are shown.

    Parameters
    ----------
    genes : iterable of str
        Names of those to show; none: those with the strongest stretches.
    n_shown : int
        How many of these.
    """

    def __init__(self, genes: Iterable[str], n_shown: int) -> None:
        self._wanted = list(dict.fromkeys(map(str, genes)))
        self._named: dict[str, tuple[Attribution, pd.DataFrame]] = {}
        self._n_shown = n_shown
        self._strongest: list[tuple[float, int, Attribution, pd.DataFrame]] = []
        self.n_genes = 0
        self._sizes: npt.NDArray[np.float64] = np.zeros(0)
        self._halflife = pd.Series(dtype=float)
        self.start = 0
        self.tss: int | None = None

    def add(self, attribution: Attribution) -> dict[str, pd.DataFrame]:
        """Take in some genes; return the tables `genes` and `stretches` of them."""
        stretches = strongest_stretches(attribution)
        if not self.n_genes:
            self._sizes = np.zeros(attribution.width)
            self._halflife = pd.Series(0.0, index=attribution.halflife.columns)
            self.start, self.tss = attribution.start, attribution.tss
        self._sizes += np.abs(attribution.contributions).sum(axis=0, dtype=np.float64)
        self._halflife += attribution.halflife.abs().sum()
        best = stretches[stretches["rank"] == 1].set_index("gene")
        strength = best["strength"].astype(float).reindex(attribution.names, fill_value=0.0)
        self._keep_some(attribution, stretches, strength)
        self.n_genes += len(attribution)
        return {"genes": _of_genes(attribution, best), "stretches": stretches}

    def _keep_some(
        self, attribution: Attribution, stretches: pd.DataFrame, strength: pd.Series
    ) -> None:
        for row, (name, value) in enumerate(zip(attribution.names, strength, strict=True)):
            mine = stretches[stretches["gene"] == name] if self._is_chosen(name, value) else None
            if mine is None:
                continue
            gene = attribution.take([row])
            if name in self._wanted:
                self._named[name] = gene, mine
            else:
                entry = (value, -self.n_genes - row, gene, mine)
                push = heapq.heappush if len(self._strongest) < self._n_shown else heapq.heappushpop
                push(self._strongest, entry)

    def _is_chosen(self, name: str, strength: float) -> bool:
        if self._wanted:
            return name in self._wanted
        full = len(self._strongest) >= self._n_shown
        return not full or strength > self._strongest[0][0]

    def shown(self) -> list[tuple[Attribution, pd.DataFrame]]:
        """Return the genes to show, each alone, with its stretches."""
        missing = [name for name in self._wanted if name not in self._named]
        if missing:
            raise ValueError(f"gene {quote(missing)} is not among the {self.n_genes:,} explained")
        if self._wanted:
            return [self._named[name] for name in self._wanted]
        return [(gene, mine) for *_, gene, mine in sorted(self._strongest, reverse=True)]

    def profile(self) -> pd.DataFrame:
        """Return the mean size of contributions at each position."""
        table = pd.DataFrame({"position": np.arange(len(self._sizes)) + self.start})
        if self.tss is not None:
            table["from_tss"] = table["position"] - self.tss
        table["mean_size"] = self._sizes / self.n_genes
        return table

    def halflife(self) -> pd.DataFrame:
        """Return the mean size of what every half-life number contributes, largest first."""
        means = (self._halflife / self.n_genes).sort_values(ascending=False, kind="stable")
        return pd.DataFrame({"half-life number": means.index, "mean size": means.to_numpy()})

    def draw_profile(self) -> Any:
        """Return a figure of the profile, averaged over neighbours in a long window."""
        import matplotlib.pyplot as plt

        profile = self.profile()
        x = profile["position" if self.tss is None else "from_tss"].to_numpy()
        width = max(1, len(x) // _BINS)
        edges = np.arange(0, len(x), width)
        sizes = np.add.reduceat(profile["mean_size"].to_numpy(), edges)
        counts = np.diff(np.append(edges, len(x)))
        figure, ax = plt.subplots(figsize=(9, 2.8), layout="constrained")
        ax.fill_between(x[edges], sizes / counts, step="post", color="#3b5b8c")
        if self.tss is not None:
            ax.axvline(0, color="#666", linestyle="--", linewidth=1)
        where = "position in the window, nt" if self.tss is None else "nt from the TSS"
        ax.set(xlabel=where, ylabel="mean size of\na contribution", xlim=(x[0], x[-1]))
        ax.set_ylim(bottom=0)
        plt.close(figure)
        return figure


def _of_genes(attribution: Attribution, best: pd.DataFrame) -> pd.DataFrame:
    table = pd.DataFrame({"gene": attribution.names, "prediction": attribution.predictions})
    if attribution.reference_predictions is not None:
        table["reference_prediction"] = attribution.reference_predictions
        table["completeness_error"] = attribution.completeness_error
    table["bases"] = attribution.contributions.sum(axis=1, dtype="float64")
    for name in ("start", "end", "from_tss", "letters", "sum"):
        if name in best:
            table[f"strongest_{name}"] = best[name].reindex(attribution.names).to_numpy()
    return pd.concat([table, attribution.halflife.reset_index(drop=True)], axis=1)
