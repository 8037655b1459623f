"""
A search
========

Tune layers and learning rate together, with :class:`~skxpresso.HyperoptSearchCV`, which is used as
GridSearchCV is.
"""

# %%
# The space
# ---------
# :func:`~skxpresso.xpresso_search_space` is the space of the original authors, here narrowed for
# promoters of 100 nt, with the learning rate added. Draws whose poolings leave nothing of the
# promoter are found without building a network.

import matplotlib.pyplot as plt
from hyperopt import hp
from sklearn.model_selection import ShuffleSplit

from skxpresso import (
    HyperoptSearchCV,
    make_xpresso_pipeline,
    xpresso_is_feasible,
    xpresso_search_space,
)
from skxpresso.datasets import make_promoters

data = make_promoters(1300, length=100, random_state=9)
X, y, X_test, y_test = data.data[:1000], data.target[:1000], data.data[1000:], data.target[1000:]
space = xpresso_search_space(
    100,
    upstream=(50, 50),
    downstream=(50, 50),
    n_conv_layers=(1, 2),
    filters=(8, 32),
    kernel_size=(4, 10),
    dilation_rate=(1, 1),
    pool_size=(2, 8),
    dense_units=(8, 32),
    dropout_rate=(0.0, 0.3),
    batch_size=(32, 64),
) | {"xpresso__learning_rate": hp.loguniform("learning_rate", -7.5, -4.5)}

# %%
# Twelve trials
# -------------
# Twelve are few, enough to show how it goes: the suggestions of TPE begin after twenty random
# ones.

search = HyperoptSearchCV(
    make_xpresso_pipeline(optimizer="adam", epochs=8, patience=4, random_state=0),
    space,
    n_iter=12,
    cv=ShuffleSplit(1, test_size=0.25, random_state=0),
    is_feasible=xpresso_is_feasible,
    random_state=3,
)
search.fit(X, y)
print(f"best trial: r2 {search.best_score_:.2f} on the genes held back")
for name, value in search.best_params_.items():
    print(f"  {name} = {value}")

# %%
figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
search.plot_convergence(ax=ax)

# %%
# Which settings mattered? The learning rate is drawn on a scale of its own.

rates = search.cv_results_["param_xpresso__learning_rate"].astype(float)
depth = [len(filters) for filters in search.cv_results_["param_xpresso__filters"]]
figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
points = ax.scatter(
    rates, search.cv_results_["mean_test_score"], c=depth, cmap="viridis", vmin=1, vmax=2, s=60
)
ax.set(xscale="log", xlabel="learning rate", ylabel="r2 on the genes held back")
figure.colorbar(points, ticks=[1, 2], label="convolutions")

# %%
# The best settings were trained again on all 1,000 genes. The score of the best trial is the best
# of twelve and flatters a little; genes that the search never saw do not.

print(f"refitted, on {len(y_test)} other genes: r2 {search.score(X_test, y_test):.2f}")
print(f"failed or infeasible trials: {sum(map(bool, search.cv_results_['failure']))}")
