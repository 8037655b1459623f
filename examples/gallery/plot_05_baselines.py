"""
Against baselines
=================

Is the network worth it? A scorecard puts it beside simple models, on the same folds, with
intervals.
"""

# %%
# The mean, half-life alone, words of up to four letters, GC and CpG in windows, and the network.
# All of them are scikit-learn estimators, and any other may stand beside them.

import matplotlib.pyplot as plt

from skxpresso import make_xpresso_pipeline, scorecard
from skxpresso.baselines import (
    composition_baseline,
    halflife_baseline,
    kmer_baseline,
    mean_baseline,
)
from skxpresso.datasets import make_promoters
from skxpresso.plots import plot_scorecard

data = make_promoters(1500, length=100, random_state=5)
models = {
    "mean": mean_baseline(),
    "half-life": halflife_baseline(),
    "GC and CpG": composition_baseline(20),
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
        batch_size=64,
        epochs=20,
        random_state=1,
    ),
}
card = scorecard(models, data.data, data.target, cv=3, reference="4-mers, Ridge", random_state=0)
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
plot_scorecard(card, ax=ax)

# %%
# Words tell nothing of where they stand, and in these data place is what matters, so that the
# network is ahead. Two models on the same genes are compared by their *difference*, whose interval
# is narrower than the scores let expect: a gene that is hard is hard for both.

columns = ["model", "score", "difference", "difference_low", "difference_high"]
card.summary.query("metric == 'r2'")[columns].round(3)

# %%
# Fold by fold, with the seconds that each training took.

card.folds[["model", "fold", "r2", "pearson_r2", "fit_seconds"]].round(3).tail(6)
