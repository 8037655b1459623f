"""
Both R², and the ceiling
========================

Two numbers are called R². They differ by what they forgive, and neither can reach 1 where
measurements are noisy.
"""

# %%
# What each forgives
# ------------------
# Take a model that knows the truth, and spoil its predictions without changing their order.
# Squared Pearson, the R² of the paper, does not notice; the coefficient of determination does.

import matplotlib.pyplot as plt
import numpy as np

from skxpresso.datasets import make_promoters
from skxpresso.metrics import expression_scores, noise_ceiling, pearson_r2_score
from skxpresso.plots import plot_predictions

data = make_promoters(1500, length=60, random_state=6)
spoiled = {
    "as it is": data.signal,
    "one unit too low": data.signal - 1,
    "half the spread": 0.5 * data.signal,
    "the wrong sign": -data.signal,
}
figure, axes = plt.subplots(1, 4, figsize=(14, 4), sharey=True, layout="constrained")
for ax, (how, predicted) in zip(axes, spoiled.items(), strict=True):
    plot_predictions(data.target, predicted, title=how, ax=ax)
    scores = expression_scores(data.target, predicted)
    print(f"{how:17} r2 {scores['r2']:6.2f}, squared Pearson {scores['pearson_r2']:.2f}")

# %%
# So compare with published numbers by squared Pearson, choose models by r2, and always say which
# one you give.
#
# The ceiling
# -----------
# Noise cannot be predicted. Two replicates tell how much there is: they correlate at r, and the
# truth explains the share r of one replicate. Averages of more replicates have less noise; how
# much of them can be explained follows from two by the Spearman-Brown formula. Here it is set
# against what the truth itself reaches.

rng = np.random.default_rng(0)
n_replicates = np.arange(1, 9)
replicates = data.signal[:, np.newaxis] + rng.normal(scale=0.8, size=(1500, 8))
one = noise_ceiling(replicates[:, :2], n_averaged=1)
ceilings = n_replicates * one / (1 + (n_replicates - 1) * one)  # Spearman-Brown
reached = [pearson_r2_score(replicates[:, :k].mean(axis=1), data.signal) for k in n_replicates]
between = pearson_r2_score(replicates[:, 0], replicates[:, 1])

figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
ax.plot(n_replicates, ceilings, color="0.3", linestyle="--", label="ceiling, from two replicates")
ax.plot(n_replicates, reached, "o", color="#2a6f97", label="the truth against the average")
ax.axhline(between, color="#e07a1f", label="one replicate against another, squared")
ax.set(xlabel="replicates in the average", ylabel="squared Pearson", ylim=(0, 1))
ax.legend(loc="lower right")

# %%
# The square of the correlation between replicates is *not* the ceiling: it has noise on both
# sides, a model is compared with noise on one. A good model passes it.

print(f"replicates, squared {between:.2f}; the truth against one of them {reached[0]:.2f}")
