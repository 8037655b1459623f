"""Are planted motifs found? Contributions of a trained network, and what tfmodisco-lite finds.

The network is trained on `make_promoters`, and explained on promoters that it has not seen. With
the path of the program `modisco` as argument (pip install modisco-lite, in an environment of its
own), motifs are discovered, too, and put back in their genes.
Run: python benchmarks/planted_motifs.py [MODISCO]
"""

import re
import subprocess
import sys
import tempfile
import time
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from skxpresso import make_xpresso_pipeline
from skxpresso.datasets import make_promoters
from skxpresso.interpret import attribute, read_modisco

N_TRAIN, N_TEST, LENGTH = 4000, 1000, 200
METHODS = {
    "mutagenesis": {},
    "gradient": {},
    "gradient_x_input": {"reference": "uniform"},
    "integrated_gradients": {"n_references": 5, "n_steps": 20},
    "expected_gradients": {"n_references": 50},
}


def planted(data):
    """Return where motifs are planted: masks (motifs, n, LENGTH)."""
    width = len(data.motifs[0])
    places = np.arange(LENGTH)
    starts = data.positions.T[:, :, None]
    return (places >= starts) & (places < starts + width)


def planted_effects(data):
    """Return what each motif adds in each promoter, (motifs, n), but for a factor and a constant.

    `make_promoters` tells signs and widths, and draws which motif has which centre: the order that
    explains the signal best is the one.
    """
    n_motifs = len(data.motifs)
    centres = LENGTH * (np.arange(n_motifs) + 1) / (n_motifs + 1)
    signs = np.where(np.arange(n_motifs) % 2, -1, 1)
    best = None
    for order in permutations(centres):
        effects = signs * np.exp(-(((data.positions - np.array(order)) / (LENGTH / 6)) ** 2))
        fit = np.corrcoef(effects.sum(axis=1), data.signal)[0, 1]
        if best is None or fit > best[0]:
            best = fit, effects
    return best[1].T


def train(data):
    """Fit the network on the first promoters."""
    pipeline = make_xpresso_pipeline(
        filters=(32, 16),
        kernel_sizes=(10, 5),
        dilation_rates=(1, 1),
        pool_sizes=(10, 2),
        dense_units=(32, 8),
        optimizer="adam",
        learning_rate=0.003,
        batch_size=64,
        epochs=40,
        patience=8,
        random_state=0,
    )
    return pipeline.fit(data.data[:N_TRAIN], data.target[:N_TRAIN])


def compare(pipeline, table, masks, effects):
    """Print how each method ranks planted positions; return the contributions of one.

    A motif's contribution is compared with its planted effect: a correlation of 1 is right in sign
    and size. A constant for each motif cannot be told, since every promoter has all motifs once.
    """
    print("method                seconds  AUC    of the strongest third  correlation with effects")
    for method, options in METHODS.items():
        start = time.process_time()
        found = attribute(pipeline, table, method=method, **options)
        seconds = time.process_time() - start
        sums = np.array([(found.contributions * mask).sum(axis=1) for mask in masks])
        strong = np.abs(effects) >= np.quantile(np.abs(effects), 2 / 3)
        pairs = zip(sums, effects, strict=True)
        agree = ", ".join(f"{np.corrcoef(*pair)[0, 1]:.2f}" for pair in pairs)
        sizes = np.abs(found.contributions)
        everywhere = masks.any(axis=0)
        auc = roc_auc_score(everywhere.ravel(), sizes.ravel())
        of_strong = (masks & strong[:, :, None]).any(axis=0)
        kept = of_strong | ~everywhere
        auc_strong = roc_auc_score(of_strong[kept], sizes[kept])
        print(f"{method:21} {seconds:7.1f}  {auc:.3f}  {auc_strong:21.3f}  {agree}", flush=True)
    return attribute(pipeline, table, method="integrated_gradients", n_references=5, n_steps=20)


def discover(program, attribution, motifs, masks):
    """Run tfmodisco-lite, and count how many of its seqlets lie on planted motifs."""
    folder = Path(tempfile.mkdtemp())
    attribution.to_modisco(folder)
    report = folder / "motifs.h5"
    names = [folder / "sequences.npz", "-a", folder / "contributions.npz"]
    command = [program, "motifs", "-s", *names, "-n", "5000", "-o", report, "-w", str(LENGTH)]
    subprocess.run([str(part) for part in command], check=True)
    found = read_modisco(report, folder)
    rows = {name: row for row, name in enumerate(attribution.names)}
    letters = dict(zip(attribution.names, attribution.sequences(), strict=True))
    table = []
    for name, seqlets in found.groupby("motif", sort=False):
        on = np.zeros(len(masks))
        for _, seqlet in seqlets.iterrows():
            row, stretch = rows[seqlet["gene"]], slice(seqlet["start"], seqlet["end"])
            on += masks[:, row, stretch].sum(axis=1) >= len(motifs[0]) - 2
        best = int(on.argmax())
        pieces = [
            letters[s.gene][s.start : s.end] for s in seqlets.itertuples() if not s.is_revcomp
        ]
        holds = np.mean([bool(re.search(motifs[best], piece)) for piece in pieces])
        table.append((name, len(seqlets), motifs[best], on[best] / len(seqlets), holds))
    columns = ["motif", "seqlets", "planted", "share on it", "share with its letters"]
    print(pd.DataFrame(table, columns=columns).to_string(index=False, float_format="%.2f"))


def main():
    """Print the tables."""
    data = make_promoters(
        N_TRAIN + N_TEST,
        LENGTH,
        grammar_share=0.8,
        halflife_share=0.1,
        composition_share=0.0,
        random_state=0,
    )
    pipeline = train(data)
    table, target = data.data[N_TRAIN:], data.target[N_TRAIN:]
    masks = planted(data)[:, N_TRAIN:]
    print(
        f"r2 {pipeline.score(table, target):.3f}, ceiling {data.ceiling:.2f}, motifs {data.motifs}"
    )
    effects = planted_effects(data)[:, N_TRAIN:]
    attribution = compare(pipeline, table, masks, effects)
    if len(sys.argv) > 1:
        discover(sys.argv[1], attribution, data.motifs, masks)


if __name__ == "__main__":
    main()
