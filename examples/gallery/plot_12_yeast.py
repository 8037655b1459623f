"""
Real promoters: yeast
=====================

Native yeast fragments with measured expression, split without overlap: words against the network,
and how far the assay lets anybody go.
"""

# %%
# The data
# --------
# 61,236 fragments of 120 nt, each measured in two replicates (de Boer et al. 2020), come with the
# package. Here are 8,000 of them, to be quick.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import GroupShuffleSplit

from skxpresso import make_xpresso_pipeline
from skxpresso.baselines import kmer_baseline, score_models
from skxpresso.datasets import load_yeast_promoters
from skxpresso.metrics import noise_ceiling
from skxpresso.model_selection import leakage_report, shared_sequence_groups
from skxpresso.plots import plot_predictions

yeast = load_yeast_promoters(8000)
X, y = yeast.data, yeast.target

figure, ax = plt.subplots(figsize=(5.5, 4.5), layout="constrained")
one, two = yeast.replicates.to_numpy().T
image = ax.hexbin(one, two, gridsize=50, bins="log", cmap="viridis", mincnt=1)
figure.colorbar(image, label="fragments")
ax.set(xlabel="expression, replicate 1", ylabel="expression, replicate 2")
ax.set_title(f"noise allows {noise_ceiling(yeast.replicates):.3f}")

# %%
# Fragments overlap
# -----------------
# They tile promoters: of all 61,236 nearly every one shares sequence with another, of these 8,000
# many do. Whole groups of those that share 30 nt, apart from the ends that all have in common, go
# to one side.

varying = X["promoter"].str[yeast.flank : -yeast.flank]
groups = shared_sequence_groups(varying)
splitter = GroupShuffleSplit(1, test_size=0.25, random_state=0)
train, test = next(splitter.split(X, y, groups))
shuffled = np.random.default_rng(0).permutation(len(X))
at_random = leakage_report(groups, shuffled[: len(train)], shuffled[len(train) :]).share
print(f"{groups.max() + 1:,} groups; {len(train):,} fragments to train on, {len(test):,} to test")
print(
    f"{100 * at_random:.0f} % of a random test part would share a group with a training fragment,"
)
print(f"{100 * leakage_report(groups, train, test).share:.0f} % of this one do")

# %%
# Words against the network
# -------------------------

models = {
    "5-mers, Ridge": kmer_baseline(5),
    "Xpresso network": make_xpresso_pipeline(
        filters=(64, 32),
        kernel_sizes=(11, 9),
        dilation_rates=(1, 1),
        pool_sizes=(4, 3),
        dense_units=(64, 16),
        dropout_rates=(0.2, 0.0),
        optimizer="adam",
        learning_rate=2e-3,
        epochs=12,
        patience=3,
        random_state=1,
    ),
}
scores, predictions = score_models(models, X.iloc[train], y.iloc[train], X.iloc[test], y.iloc[test])
print(scores.round(3).to_string(index=False))

# %%
figure, axes = plt.subplots(1, 2, figsize=(11, 4.8), sharey=True, layout="constrained")
for ax, name in zip(axes, models, strict=True):
    plot_predictions(y.iloc[test], predictions[name], title=name, ax=ax)

# %%
# Eight thousand fragments are few for the network. On all of them, with more epochs, it leaves the
# words behind: :doc:`../evaluation` has that table, and ``examples/yeast_promoters.py`` the
# program.
