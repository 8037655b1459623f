"""By how much does a random split flatter each model on native yeast promoters?

The fragments of de Boer et al. (2020) tile promoters, so that nearly every one of them shares
sequence with others. Every model is cross-validated twice, on as many folds: at random, and with
fragments that share 30 nt in one fold; or, with --groups chromosomes, those of a whole chromosome.
Intervals come from drawing such groups of fragments.

What a model gave is kept in a file, so that a run that was interrupted goes on where it was.

Run: python examples/yeast_scorecard.py [--rows N] [--groups KIND] [--out FOLDER]
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import joblib
import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold
from sklearn.utils import Bunch
from yeast_promoters import SETTINGS, make_parser

from skxpresso import make_xpresso_pipeline, scorecard
from skxpresso._utils.files import replacing
from skxpresso.baselines import (
    autoencoder_baseline,
    composition_baseline,
    kmer_baseline,
    lstm_baseline,
    mean_baseline,
    shuffled_baseline,
)
from skxpresso.datasets import load_yeast_promoters
from skxpresso.model_selection import Scorecard, combine_scorecards, compare_scorecards
from skxpresso.model_selection.groups import (
    chromosome_groups,
    overlap_groups,
    shared_sequence_groups,
)
from skxpresso.model_selection.leakage import leakage_report

SHARED = 30  # nt that two fragments of one group have in common
GROUPS = {"sequences": None, "overlaps": overlap_groups, "chromosomes": chromosome_groups}


def make_models(seed: int, epochs: int) -> dict[str, Any]:
    network = SETTINGS | {"epochs": epochs, "random_state": seed}
    training = {name: network[name] for name in ("epochs", "patience", "random_state")}
    return {
        "mean": mean_baseline(),
        "composition": composition_baseline(20, random_state=seed),
        "kmers": kmer_baseline(6, random_state=seed),
        "autoencoder": autoencoder_baseline(**training),
        "lstm": lstm_baseline(**training),
        "shuffled": shuffled_baseline("dinucleotide", **network),
        "network": make_xpresso_pipeline(**network),
    }


def load_fragments(n_rows: int | None, seed: int, kind: str) -> tuple[Bunch, Any]:
    """Load the fragments, or whole groups of them until there are enough, and their groups.

    Groups by place leave out fragments that are in the genome at several places.
    """
    yeast = load_yeast_promoters()
    varying = yeast.data["promoter"].str[yeast.flank : -yeast.flank]
    groups = shared_sequence_groups(varying, SHARED)
    kept = np.arange(len(groups))
    if n_rows is not None:
        place = np.random.default_rng(seed).permutation(groups.max() + 1)[groups]
        kept = np.sort(np.argsort(place, kind="stable")[:n_rows])
        groups = groups[kept]
    if (by_place := GROUPS[kind]) is not None:
        placed = (yeast.places["n_places"] == 1).to_numpy()[kept]
        kept = kept[placed]
        groups = by_place(yeast.places.iloc[kept])
    for name in ("data", "target", "replicates"):
        yeast[name] = yeast[name].iloc[kept]
    return yeast, groups


def run(name: str, model: Any, yeast: Bunch, splits: Any, groups: Any, file: Path) -> Any:
    """Cross-validate one model, unless that has been done."""
    if not file.exists():
        card = scorecard(
            {name: model},
            yeast.data,
            yeast.target,
            splits,
            groups,
            replicates=yeast.replicates,
            n_bootstrap=0,
        )
        with replacing(file) as path:
            joblib.dump(card, path)
        print(f"{file}: {card.folds['fit_seconds'].sum():.0f} s of training", flush=True)
    return joblib.load(file)


def as_text(rows: pd.DataFrame, columns: tuple[str, str, str]) -> list[str]:
    return [
        "" if np.isnan(score) else f"{score:.3f} ({low:.3f} to {high:.3f})"
        for score, low, high in rows[list(columns)].to_numpy()
    ]


def flattery_table(
    random: Scorecard, grouped: Scorecard, difference: pd.DataFrame, metric: str
) -> pd.DataFrame:
    """Put both scores of a metric side by side, with their difference, and seconds per fold."""
    rows = [table[table["metric"] == metric] for table in (random.summary, grouped.summary)]
    seconds = grouped.folds.groupby("model", sort=False)["fit_seconds"].mean()
    return pd.DataFrame(
        {
            "model": rows[0]["model"].to_numpy(),
            "random folds": as_text(rows[0], ("score", "low", "high")),
            "grouped folds": as_text(rows[1], ("score", "low", "high")),
            "flattered by": as_text(
                difference[difference["metric"] == metric], ("difference", "low", "high")
            ),
            "seconds per fold": [f"{s:.0f}" for s in seconds],
        }
    )


def to_markdown(table: pd.DataFrame) -> str:
    lines = [table.columns, ["---"] * table.shape[1], *table.itertuples(index=False)]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def main() -> None:
    parser = make_parser(__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, help="fragments; all if not given")
    parser.add_argument("--epochs", type=int, default=8, help="most passes over the fragments")
    parser.add_argument("--folds", type=int, default=3, help="of both kinds")
    parser.add_argument("--models", help="separated by commas; all if not given")
    parser.add_argument("--groups", choices=list(GROUPS), default="sequences")
    arguments = parser.parse_args()
    models = make_models(arguments.seed, arguments.epochs)
    names = arguments.models.split(",") if arguments.models else list(models)
    if unknown := set(names) - set(models):
        parser.error(f"no such model: {', '.join(unknown)}; there are {', '.join(models)}")
    yeast, groups = load_fragments(arguments.rows, arguments.seed, arguments.groups)
    kinds = {
        "random": KFold(arguments.folds, shuffle=True, random_state=arguments.seed).split(
            yeast.data
        ),
        arguments.groups: GroupKFold(arguments.folds).split(yeast.data, groups=groups),
    }
    folder = arguments.out / "-".join(
        f"{name}{value}"
        for name, value in {
            "groups": "" if arguments.groups == "sequences" else arguments.groups,
            "rows": len(yeast.data),
            "epochs": arguments.epochs,
            "folds": arguments.folds,
            "seed": arguments.seed,
        }.items()
        if value != ""
    )
    folder.mkdir(parents=True, exist_ok=True)
    cards = {}
    for kind, folds in kinds.items():
        splits = list(folds)
        leaks = np.mean([leakage_report(groups, *split).share for split in splits])
        print(f"{kind} folds: {100 * leaks:.1f} % of the test fragments share a group with a")
        print("fragment to train on", flush=True)
        parts = [
            run(name, models[name], yeast, splits, groups, folder / f"{kind}-{name}.joblib")
            for name in names
        ]
        cards[kind] = combine_scorecards(parts, random_state=arguments.seed)
    n_groups = len(np.unique(groups))
    print(f"\n{len(groups):,} fragments in {n_groups:,} groups, {arguments.folds} folds;")
    print(f"noise allows {cards[arguments.groups].ceiling:.3f}; 95 % intervals")
    difference = compare_scorecards(*cards.values(), random_state=arguments.seed)
    for metric in ("r2", "pearson_r2"):
        print(f"\n{metric}\n")
        print(to_markdown(flattery_table(*cards.values(), difference, metric)))


if __name__ == "__main__":
    main()
