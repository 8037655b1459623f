"""
From a genome and back
======================

A table of promoters from a genome and its annotation, a network trained on it, and what it says of
variants and of every place along a chromosome.
"""

# %%
# A genome
# --------
# Two chromosomes of random letters with 1,000 genes on both strands, so that the example needs no
# files of yours. Upstream of half of them stands a word that raises expression. With a genome of
# your own everything begins with the next part.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skxpresso import make_xpresso_pipeline
from skxpresso.genome import Genome, genes_from_genome, plot_locus, scan, variant_effects
from skxpresso.model_selection import chromosome_groups, leakage_report
from skxpresso.plots import plot_predictions
from skxpresso.sequence.letters import decode

rng = np.random.default_rng(17)
word = np.array([3, 2, 0, 1, 3, 1, 0], np.uint8)  # TGACTCA
folder = Path(tempfile.mkdtemp())
rows, sequences = ["##gff-version 3"], []
for chrom in ("I", "II"):
    codes = rng.integers(0, 4, 301_000).astype(np.uint8)
    for i in range(500):
        strand, start = rng.choice(["+", "-"]), 600 * i + 400  # 0-based, the gene's left end
        if rng.random() < 0.5:
            before = rng.integers(30, 120)  # nt from the word's end to the TSS
            at = start - before - 7 if strand == "+" else start + 150 + before
            codes[at : at + 7] = word if strand == "+" else (3 - word)[::-1]
        place = f"{start + 1}\t{start + 150}\t.\t{strand}"
        rows.append(f"{chrom}\thand\tmRNA\t{place}\t.\tID=t{chrom}{i};Parent=g{chrom}{i}")
        rows.append(f"{chrom}\thand\tCDS\t{place}\t0\tParent=t{chrom}{i}")
    sequences.append(f">{chrom}\n{decode(codes[None])[0]}\n")
(folder / "genome.fa").write_text("".join(sequences))
(folder / "genes.gff3").write_text("\n".join(rows) + "\n")

# %%
# The table
# ---------
# One call gives promoters on their genes' strands, places, and half-life features; places say
# which promoters overlap, and which lie on one chromosome.

genome = Genome(folder / "genome.fa")
genes = genes_from_genome(genome, folder / "genes.gff3", upstream=200, downstream=50)
print(genes[["chrom", "start", "end", "strand", "tss", "CDSLEN", "CDSGC"]].head(4).to_string())
has_word = genes["promoter"].str[:200].str.contains("TGACTCA")
y = 2.0 * has_word + rng.normal(0, 0.5, len(genes))

# %%
# A network, and the chromosome that it has not seen
# --------------------------------------------------

test = (genes["chrom"] == "II").to_numpy()
groups = chromosome_groups(genes)
shared = leakage_report(groups, np.flatnonzero(~test), np.flatnonzero(test)).share
print(f"{100 * shared:.0f} % of the test genes are on a chromosome with a training gene")
model = make_xpresso_pipeline(
    upstream=200,
    downstream=50,
    tss=200,
    filters=(16,),
    kernel_sizes=(9,),
    dilation_rates=(1,),
    pool_sizes=(25,),
    dense_units=(16,),
    dropout_rates=(0.0,),
    optimizer="adam",
    learning_rate=1e-2,
    batch_size=32,
    epochs=40,
    random_state=0,
)
model.fit(genes.loc[~test, ["promoter"]], y[~test])
unseen = genes.loc[test, ["promoter"]]
print(f"r2 on chromosome II: {model.score(unseen, y[test]):.2f}")
figure, ax = plt.subplots(figsize=(4.5, 4), layout="constrained")
plot_predictions(y[test], model.predict(unseen), ax=ax)

# %%
# Every substitution in the promoters of a few genes
# --------------------------------------------------

region = "II:60000-62400"
inside = genes[(genes["chrom"] == "II") & genes["tss"].between(60_000, 62_400)]
rows = [
    ("II", p, genome.fetch("II", p, p + 1), letter)
    for p in range(60_000, 62_400)
    for letter in "ACGT"
    if letter != genome.fetch("II", p, p + 1)
]
variants = pd.DataFrame(rows, columns=["chrom", "start", "ref", "alt"])
effects = variant_effects(model, variants, inside, genome)
print(f"{len(effects):,} effects on {effects['gene'].nunique()} genes; the largest:")
columns = ["start", "ref", "alt", "gene", "distance", "delta"]
print(effects.loc[effects["delta"].abs().nlargest(3).index, columns].to_string())

# %%
# Back to the genome
# ------------------
# The prediction for a TSS at every tenth place, on both strands, and the effects above: a gene
# without the word has nothing to lose.

track = scan(model, genome, region, step=10)
track.write(folder / "forward.bedgraph", "+")
strongest = effects[effects["delta"].abs() > 0.3]
figure = plot_locus(region, inside, tracks={"prediction": track}, effects=strongest)
