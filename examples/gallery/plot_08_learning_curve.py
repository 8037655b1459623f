"""
A learning curve
================

Scores by the number of genes to train on, for the network and for models with less to learn.
"""

# %%
# The test genes stay the same; each model is trained on more and more of the others.

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.base import clone

from skxpresso import make_xpresso_pipeline
from skxpresso.baselines import halflife_baseline, kmer_baseline
from skxpresso.datasets import make_promoters

sizes = [100, 300, 900, 2700]
data = make_promoters(sizes[-1] + 800, length=100, random_state=8)
X, y = data.data[: sizes[-1]], data.target[: sizes[-1]]
X_test, y_test = data.data[sizes[-1] :], data.target[sizes[-1] :]
models = {
    "half-life": halflife_baseline(),
    "4-mers, Ridge": kmer_baseline(4),
    "Xpresso network": make_xpresso_pipeline(
        filters=(32,),
        kernel_sizes=(8,),
        dilation_rates=(1,),
        pool_sizes=(10,),
        dense_units=(32, 8),
        dropout_rates=(0.1, 0.0),
        optimizer="adam",
        learning_rate=1e-2,
        batch_size=32,
        epochs=25,
        random_state=1,
    ),
}
scores = pd.DataFrame(
    {
        name: [clone(model).fit(X[:n], y[:n]).score(X_test, y_test) for n in sizes]
        for name, model in models.items()
    },
    index=pd.Index(sizes, name="genes"),
)
print(scores.round(2))

# %%
# A model that has little to learn is the best one to have for few genes, and stays where it is.
# The network needs genes by the hundred to find motifs and their places; human and mouse have some
# 18,000.

figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
for name, colour in zip(models, ["#3a7d44", "#e07a1f", "#2a6f97"], strict=True):
    ax.semilogx(scores.index, scores[name], marker="o", color=colour, label=name)
ax.axhline(data.ceiling, color="0.3", linestyle="--", linewidth=1, label="ceiling")
ax.axhline(0, color="0.8", linewidth=1, zorder=0)
ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
ax.minorticks_off()
ax.set(xlabel="genes to train on", ylabel="r2 on the test genes")
ax.legend()

# %%
# One seed and one draw of genes per point: with a hundred genes the next draw may look different
# by 0.1. :func:`~skxpresso.scorecard` gives intervals.
