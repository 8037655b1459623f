"""Are planted motifs found? Contributions of a trained network, and what tfmodisco-lite finds.

The network is trained on `make_promoters`, and explained on promoters that it has not seen. With
the path of the program `modisco` as argument (pip install modisco-lite, in an environment of its
own), motifs are discovered, too, in the files that the command `explain` writes, and put back in
their genes and in a genome, on either strand of which the promoters lie end to end.
Run: python benchmarks/planted_motifs.py [MODISCO]
"""

import subprocess
import sys
import tempfile
import time
from itertools import permutations
from pathlib import Path

import numpy as np
import pandas as pd
from predict import COMMAND
from sklearn.metrics import roc_auc_score

from skxpresso import make_xpresso_pipeline, save_pipeline
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
    """Print how each method ranks planted positions.

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


def reverse_complement(letters):
    """Return what stands on the other strand."""
    return letters.translate(str.maketrans("ACGT", "TGCA"))[::-1]


def placed(table):
    """Return the table with places, each second promoter on the minus strand, and the genome."""
    strands = np.resize(["+", "-"], len(table))
    starts = np.arange(len(table)) * LENGTH
    places = {"chrom": "chr1", "start": starts, "end": starts + LENGTH, "strand": strands}
    pairs = zip(table["promoter"], strands, strict=True)
    genome = "".join(x if strand == "+" else reverse_complement(x) for x, strand in pairs)
    return table.assign(**places), genome


def discover(program, pipeline, table, motifs, masks):
    """Run `explain` and tfmodisco-lite; count how many of its seqlets lie on planted motifs."""
    folder = Path(tempfile.mkdtemp())
    save_pipeline(pipeline, folder / "model")
    table, genome = placed(table)
    table.to_csv(folder / "genes.tsv", sep="\t", index_label="ENSID")
    why = ["--out", folder / "why", "--modisco-width", LENGTH]
    run([*COMMAND, "explain", folder / "model", folder / "genes.tsv", *why])
    files, report = folder / "why" / "modisco", folder / "motifs.h5"
    names = ["-s", files / "sequences.npz", "-a", files / "contributions.npz"]
    run([program, "motifs", *names, "-n", 5000, "-o", report, "-w", LENGTH])
    found = read_modisco(report, files)
    rows = {name: row for row, name in enumerate(table.index)}
    lines = []
    for name, seqlets in found.groupby("motif", sort=False):
        on = np.zeros(len(masks))
        for _, seqlet in seqlets.iterrows():
            row, stretch = rows[seqlet["gene"]], slice(seqlet["start"], seqlet["end"])
            on += masks[:, row, stretch].sum(axis=1) >= len(motifs[0]) - 2
        best = int(on.argmax())
        held = np.zeros(2)
        for seqlet in seqlets.itertuples():
            in_gene = table["promoter"].iloc[rows[seqlet.gene]][seqlet.start : seqlet.end]
            in_genome = genome[seqlet.chrom_start : seqlet.chrom_end]
            turned = reverse_complement(in_gene) if seqlet.is_revcomp else in_gene
            read = in_genome if seqlet.strand == "+" else reverse_complement(in_genome)
            held += [motifs[best] in turned, motifs[best] in read]
        shares = np.append(on[best], held) / len(seqlets)
        lines.append((name, len(seqlets), motifs[best], *shares))
    columns = ["motif", "seqlets", "planted", "share on it", "its letters", "in the genome"]
    print(pd.DataFrame(lines, columns=columns).to_string(index=False, float_format="%.2f"))


def run(command):
    """Run a command."""
    subprocess.run([str(part) for part in command], check=True)


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
    compare(pipeline, table, masks, effects)
    if len(sys.argv) > 1:
        discover(sys.argv[1], pipeline, table, data.motifs, masks)


if __name__ == "__main__":
    main()
