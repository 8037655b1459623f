"""
Folds without leaks
===================

Promoters that overlap put the answer to a test question among the training genes. Folds of whole
groups do not.
"""

# %%
# Twins
# -----
# Every third promoter comes twice, 2 nt further along the chromosome, with the same expression:
# the neighbours and divergent genes of a genome, exaggerated. From coordinates
# :func:`~skxpresso.model_selection.overlap_groups` tells which belong together.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import GroupKFold, KFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline

from skxpresso import KmerCountEncoder, scorecard
from skxpresso.baselines import halflife_baseline, kmer_baseline
from skxpresso.datasets import make_promoters
from skxpresso.model_selection import compare_scorecards, leakage_report, overlap_groups

data = make_promoters(900, 60, motif_length=6, random_state=0)
twin = data.data.iloc[::3]
twin = twin.assign(promoter=twin["promoter"].str[2:] + "AC").rename("{}b".format)
X = pd.concat([data.data, twin])
y = np.concatenate([data.target, data.target[::3]])
start = np.concatenate([100 * np.arange(900), 100 * np.arange(900)[::3] + 2])
places = pd.DataFrame({"chrom": "chr1", "start": start, "end": start + 60})
groups = overlap_groups(places)
print(f"{len(X)} promoters in {groups.max() + 1} groups")

# %%
# Two ways to fold
# ----------------
# Each bar is a promoter of the first 2 kb of the chromosome, its colour the fold that tests it. At
# random, twins part; in folds of whole groups they stay together.

folds = {
    "random": list(KFold(3, shuffle=True, random_state=0).split(X)),
    "grouped": list(GroupKFold(3, shuffle=True, random_state=0).split(X, groups=groups)),
}
colours = np.array(["#2a6f97", "#e07a1f", "#3a7d44"])
figure, axes = plt.subplots(2, 1, figsize=(10, 3), sharex=True, layout="constrained")
for ax, (kind, splits) in zip(axes, folds.items(), strict=True):
    fold = np.empty(len(X), dtype=int)
    for i, (_, test) in enumerate(splits):
        fold[test] = i
    shown = np.flatnonzero(start < 2000)
    level = (shown >= 900).astype(float)
    ax.barh(level, 60, left=start[shown], height=0.8, color=colours[fold[shown]])
    ax.set(title=f"{kind} folds", yticks=[0, 1], yticklabels=["gene", "twin"])
    share = np.mean([leakage_report(groups, *split).share for split in splits])
    print(f"{kind}: {100 * share:.0f} % of the test genes share sequence with a training gene")
axes[1].set(xlabel="position in nt")

# %%
# Who is flattered
# ----------------
# Nearest neighbours remember, half-life cannot: what the random folds add to a score depends on
# the model, and so it spoils the comparison as well as the number.

models = {
    "nearest neighbours": make_pipeline(
        KmerCountEncoder(4), KNeighborsRegressor(5, weights="distance")
    ),
    "3-mers, Ridge": kmer_baseline(3),
    "half-life": halflife_baseline(),
}
cards = [scorecard(models, X, y, splits, groups, random_state=0) for splits in folds.values()]
difference = compare_scorecards(*cards, random_state=0)
rows = difference[difference["metric"] == "r2"].set_index("model").loc[list(models)]

figure, ax = plt.subplots(figsize=(8, 3.4), layout="constrained")
places = np.arange(len(models))
ax.barh(places - 0.2, rows["first"], height=0.38, color="#e07a1f", label="random folds")
ax.barh(places + 0.2, rows["second"], height=0.38, color="#2a6f97", label="grouped folds")
ax.axvline(0, color="0.3", linewidth=1)
ax.set_yticks(places, list(models))
ax.invert_yaxis()
ax.set(xlabel="r2, mean of three folds")
ax.legend()
print(rows[["first", "second", "difference", "low", "high"]].round(3))
