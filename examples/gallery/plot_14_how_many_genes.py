"""
How many genes does it take?
============================

The paper asks how its score grows with the number of training genes. The same question to words,
to one network, and to the mean of several, on measured yeast promoters.
"""

# %%
# One fold, parts of its training fragments
# -----------------------------------------
# Whole groups of fragments that share 30 nt are trained on or tested on. Each larger part contains
# the smaller ones, and all models see the same.

import matplotlib.pyplot as plt
from sklearn.base import clone
from sklearn.model_selection import GroupShuffleSplit

from skxpresso import make_xpresso_pipeline
from skxpresso.baselines import kmer_baseline
from skxpresso.datasets import load_yeast_promoters
from skxpresso.model_selection import score_by_size, shared_sequence_groups
from skxpresso.plots import plot_sizes

yeast = load_yeast_promoters(6000)
X, y = yeast.data, yeast.target
groups = shared_sequence_groups(X["promoter"].str[yeast.flank : -yeast.flank])
fold = GroupShuffleSplit(1, test_size=0.3, random_state=0)

network = make_xpresso_pipeline(
    filters=(48,),
    kernel_sizes=(11,),
    dilation_rates=(1,),
    pool_sizes=(15,),
    dense_units=(32,),
    dropout_rates=(0.2,),
    optimizer="adam",
    learning_rate=2e-3,
    batch_size=64,
    epochs=12,
    patience=4,
    random_state=0,
)
several = clone(network).set_params(xpresso__n_estimators=4)
models = {"4-mers, Ridge": kmer_baseline(4), "one network": network, "mean of four": several}

# %%
# Scores
# ------
# The shade is the 95 % interval over other test fragments, drawn by groups.

scores = score_by_size(models, X, y, [0.1, 0.3, 1.0], fold, groups, n_bootstrap=200, random_state=0)
table = scores.table.query("metric == 'r2'")
print(table.pivot(index="model", columns="n_train", values="score").round(3).to_string())

# %%
figure, ax = plt.subplots(figsize=(6.5, 4.5), layout="constrained")
plot_sizes(scores, "r2", title="yeast promoters of 120 nt", ax=ax)

# %%
# Where the curves still rise, more fragments help. Networks gain more from them than words do:
# all 61,236 are in :doc:`../measurements`.
