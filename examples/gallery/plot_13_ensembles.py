"""
How sure is a prediction?
=========================

Two networks of one training differ by their first weights alone, and by much more where fragments
are few. The mean of several does not hang on which one was drawn, and conformal prediction makes
intervals of what they are wrong by.
"""

# %%
# Fragments that share no sequence
# --------------------------------
# 4,000 yeast fragments in three parts: to train, to calibrate, to test. No two parts share 30 nt.

import matplotlib.pyplot as plt
import numpy as np
from crepes import ConformalRegressor
from sklearn.metrics import r2_score
from sklearn.model_selection import GroupShuffleSplit

from skxpresso import make_xpresso_pipeline
from skxpresso.datasets import load_yeast_promoters
from skxpresso.model_selection import shared_sequence_groups
from skxpresso.network import predict_members

yeast = load_yeast_promoters(4000)
X, y = yeast.data, yeast.target.to_numpy()
varying = X["promoter"].str[yeast.flank : -yeast.flank]  # the ends are the same in all
groups = shared_sequence_groups(varying)


def cut(rows, share):
    split = GroupShuffleSplit(1, test_size=share, random_state=0)
    first, second = next(split.split(rows, groups=groups[rows]))
    return rows[first], rows[second]


rest, test = cut(np.arange(len(y)), 0.3)
train, calibrate = cut(rest, 0.3)

# %%
# Six networks
# ------------
# Each has its own first weights, order of fragments, and fragments held back for early stopping.

model = make_xpresso_pipeline(
    filters=(64, 32),
    kernel_sizes=(11, 7),
    dilation_rates=(1, 1),
    pool_sizes=(4, 3),
    dense_units=(32,),
    dropout_rates=(0.2,),
    optimizer="adam",
    learning_rate=2e-3,
    batch_size=64,
    epochs=20,
    patience=5,
    n_estimators=6,
    random_state=0,
)
model.fit(X.iloc[train], y[train])
each = predict_members(model, X.iloc[test])
mean, std = model.predict(X.iloc[test], return_std=True)
scores = [r2_score(y[test], row) for row in each]
means = [r2_score(y[test], each[:n].mean(axis=0)) for n in range(1, 7)]
print(
    f"r2 of single networks: {min(scores):.3f} to {max(scores):.3f}; of their mean: {means[-1]:.3f}"
)

figure, left = plt.subplots(figsize=(6, 4), layout="constrained")
left.plot(np.ones(6), scores, "o", color="0.6", label="one network")
left.plot(range(1, 7), means, "o-", color="#0072B2", label="mean of the first n")
left.set(xlabel="networks", ylabel="r2 on the test fragments", title="The mean of networks")
left.legend(loc="lower right")

# %%
# Does the spread tell where the error is?
# ----------------------------------------
# Test fragments in ten parts of equal size, by the spread of the six networks. The networks share
# what they all do not know, and the noise of the assay, so that agreement is no proof.

error = np.abs(mean - y[test])
tenths = np.array_split(np.argsort(std), 10)
figure, right = plt.subplots(figsize=(6, 4), layout="constrained")
right.bar(range(1, 11), [error[rows].mean() for rows in tenths], color="#0072B2")
right.set(
    xlabel="tenth of spread, from agreement to disagreement",
    ylabel="mean absolute error",
    title="The spread of networks",
)
ratio = error[tenths[-1]].mean() / error[tenths[0]].mean()
print(f"error of the last tenth: {ratio:.1f} times that of the first")

# %%
# Intervals
# ---------
# Errors on the fragments set apart, divided by the spread, give intervals for the test fragments
# that hold nine in ten of them, wider where the networks disagree. That holds whether or not the
# spread tells anything.

own_mean, own_std = model.predict(X.iloc[calibrate], return_std=True)
floor = np.median(own_std)
conformal = ConformalRegressor().fit(residuals=y[calibrate] - own_mean, sigmas=own_std + floor)
low, high = conformal.predict_int(mean, sigmas=std + floor, confidence=0.9).T
covered = (low <= y[test]) & (y[test] <= high)
print(f"asked: 90 %, found: {100 * covered.mean():.1f} %")

some = np.argsort(mean)[:: len(mean) // 60]
figure, ax = plt.subplots(figsize=(10, 4), layout="constrained")
ax.vlines(range(len(some)), low[some], high[some], color="#0072B2", alpha=0.5, linewidth=4)
inside = covered[some]
places = np.arange(len(some))
ax.plot(places[inside], y[test][some][inside], "o", color="0.2", label="measured, inside")
ax.plot(places[~inside], y[test][some][~inside], "o", color="#D55E00", label="measured, outside")
ax.set(xlabel="some test fragments, by prediction", ylabel="expression", title="90 % intervals")
ax.legend(loc="upper left")
