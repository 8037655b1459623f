"""
Windows and strands
===================

Encode promoters once, cut windows of them for free, and take genes of the minus strand from a
genome that is written on the plus strand.
"""

# %%
# A matrix of one byte per base
# -----------------------------
# The encoder gives a :class:`~skxpresso.OneHotMatrix`, which looks like a dense float32 matrix and
# holds codes: 0 to 3 for A, C, G, T.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap

from skxpresso import OneHotPromoterEncoder, make_xpresso_pipeline
from skxpresso.datasets import make_promoters

data = make_promoters(1600, length=160, random_state=3)
encoded = OneHotPromoterEncoder().fit_transform(data.data)
dense = encoded.shape[0] * encoded.shape[1] * 4
print(f"{encoded.shape}, {encoded.codes.nbytes:,} bytes of bases; dense float32: {dense:,}")

# %%
# Aligned at the place of its first motif, what was planted becomes visible: a column for each base
# that all promoters share.

starts = data.positions[:, 0]
rows = np.flatnonzero((starts > 15) & (starts < 130))[:60]
aligned = np.stack([encoded.codes[row, starts[row] - 15 : starts[row] + 25] for row in rows])
figure, ax = plt.subplots(figsize=(9, 4), layout="constrained")
bases = ListedColormap(["#3a7d44", "#2a6f97", "#e9b44c", "#c8553d"])
image = ax.imshow(aligned, cmap=bases, vmin=-0.5, vmax=3.5, aspect="auto", extent=(-15, 25, 60, 0))
ax.set(xlabel=f"nt from the start of {data.motifs[0]}", ylabel="promoter")
figure.colorbar(image, ticks=range(4), label="base").ax.set_yticklabels(list("ACGT"))

# %%
# How wide a window?
# ------------------
# ``upstream`` and ``downstream`` count from the TSS, in the middle of these sequences. Cutting a
# window out of the matrix is a view, no copy. The best places of the three motifs are
# 40 nt before the TSS, at it, and 40 nt after, so that a narrow window cannot see all of them.

half_widths = [20, 40, 60, 80]
train, test = slice(0, 1200), slice(1200, None)
scores = []
for half in half_widths:
    pipeline = make_xpresso_pipeline(
        upstream=half,
        downstream=half,
        filters=(32,),
        kernel_sizes=(8,),
        dilation_rates=(1,),
        pool_sizes=(10,),
        dense_units=(32, 8),
        dropout_rates=(0.1, 0.0),
        optimizer="adam",
        learning_rate=1e-2,
        batch_size=64,
        epochs=15,
        random_state=1,
    )
    pipeline.fit(encoded[train], data.target[train])
    scores.append(pipeline.score(encoded[test], data.target[test]))

figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.plot(half_widths, scores, marker="o", color="#2a6f97", label="network, test genes")
ax.axhline(data.ceiling, color="0.3", linestyle="--", linewidth=1, label="ceiling")
ax.set(xlabel="nt on either side of the TSS", ylabel="r2", ylim=(0, 1))
ax.legend()

# %%
# Strands
# -------
# Positions always count on the strand of the gene. A gene of the minus strand, given as the plus
# strand reads, is turned around first; the result is that of its own sequence.

complement = str.maketrans("ACGT", "TGCA")
table = data.data[["promoter"]].head(6).assign(strand=["+", "-"] * 3)
minus = table["strand"] == "-"
as_genome_reads = table["promoter"].where(
    ~minus, [sequence[::-1].translate(complement) for sequence in table["promoter"]]
)
encoder = OneHotPromoterEncoder(upstream=60, downstream=30, strand="strand")
turned = encoder.fit_transform(table.assign(promoter=as_genome_reads))
direct = OneHotPromoterEncoder(upstream=60, downstream=30).fit_transform(table[["promoter"]])
print("same codes:", np.array_equal(turned.codes, direct.codes))
