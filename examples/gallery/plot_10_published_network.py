"""
A published network, from FASTA
===============================

Predict human expression with the weights that Agarwal & Shendure published, and see which parts of
a promoter the prediction hangs on.
"""

# %%
# Nine promoters
# --------------
# Promoters of chromosome 22 come with the package, and with them the published predictions. They
# go into a FASTA file first, as yours would come.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skxpresso import load_pretrained, make_xpresso_pipeline
from skxpresso.datasets import load_human_promoters, make_promoters, read_fasta

human = load_human_promoters()
with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "promoters.fa"
    path.write_text(
        "".join(f">{name}\n{sequence}\n" for name, sequence in human.data["promoter"].items())
    )
    promoters = read_fasta(path)
promoters["promoter"].str[:40].head(3).to_frame()

# %%
# The weights
# -----------
# ``human_median`` is fetched once, 1.4 MB, checked, and kept. Where it can be neither found nor
# fetched, as on a machine without the net, a stand-in of the same shape is trained on a few
# synthetic promoters: all that follows then runs, and its numbers mean nothing. The titles of the
# pictures say which one it was.
#
# The promoters are cut already, 7,000 nt before the TSS, hence ``tss``.

try:
    pipeline = load_pretrained("human_median", tss=human.tss)
    which = "human_median"
except OSError:
    which = "STAND-IN, not the published weights"
    made = make_promoters(48, length=10_500, random_state=0)
    pipeline = make_xpresso_pipeline(
        upstream=7000, downstream=3500, tss=human.tss, epochs=2, random_state=0
    )
    pipeline.fit(made.data[["promoter"]], made.target)

table = pd.DataFrame({"published": human.predictions, "here": pipeline.predict(promoters)})
print(which)
print(table)
print(f"largest difference {(table['here'] - table['published']).abs().max():.1e}")

# %%
# What does it hang on?
# ---------------------
# Hide 500 nt at a time behind N, which the network reads as zeros, and see how far the prediction
# falls or rises. Positions count from the TSS, on the strand of the gene.

WIDTH = 500
starts = np.arange(0, 10_500, WIDTH)
change = np.empty((len(promoters), len(starts)))
for i, sequence in enumerate(promoters["promoter"]):
    hidden = [sequence[:s] + "N" * WIDTH + sequence[s + WIDTH :] for s in starts]
    change[i] = pipeline.predict(hidden) - table["here"].iloc[i]

figure, ax = plt.subplots(figsize=(10, 4.2), layout="constrained")
most = np.abs(change).max()
image = ax.imshow(
    change,
    cmap="RdBu_r",
    vmin=-most,
    vmax=most,
    aspect="auto",
    extent=(-human.tss, 10_500 - human.tss, len(promoters), 0),
)
ax.axvline(0, color="0.2", linewidth=1)
ax.set_yticks(np.arange(len(promoters)) + 0.5, promoters.index)
ax.set(xlabel="nt from the TSS", title=f"Change of the prediction, 500 nt hidden ({which})")
figure.colorbar(image, label="z-score of log10 expression")

# %%
# With the published weights the promoter proper, some hundred nt around the TSS, is what counts
# most.

share = np.abs(change[:, (starts >= 6500) & (starts < 7500)]).sum() / np.abs(change).sum()
print(f"{which}: {100 * share:.0f} % of all change is within 500 nt of the TSS")

# %%
# The same without Python: ``skxpresso predict human_median promoters.fa --out scores.tsv``.
