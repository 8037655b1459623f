"""
Fine-tuning
===========

A network that learned from many genes goes on with few genes of another condition: its
convolutions stay, its dense layers learn anew.
"""

# %%
# Two conditions
# --------------
# Many genes were measured in the first condition, few in the second. Both obey the same motifs;
# the second weighs half-life differently, and is noisier.

import copy

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from skxpresso import make_xpresso_pipeline
from skxpresso.datasets import make_promoters

data = make_promoters(4000, length=100, halflife_share=0.1, random_state=11)
rng = np.random.default_rng(0)
utr3 = np.log10(data.data["UTR3LEN"].to_numpy() + 0.1)
second = data.signal - 0.4 * (utr3 - utr3.mean()) / utr3.std() + rng.normal(scale=0.5, size=4000)
many, few, test = slice(0, 2700), slice(2700, 3300), slice(3300, 4000)

# %%
# The first condition
# -------------------

settings = {
    "filters": (32,),
    "kernel_sizes": (8,),
    "dilation_rates": (1,),
    "pool_sizes": (10,),
    "dense_units": (32, 8),
    "dropout_rates": (0.1, 0.0),
    "optimizer": "adam",
    "learning_rate": 1e-2,
    "engine": "fused",
    "batch_size": 32,
    "epochs": 25,
    "random_state": 1,
}
pretrained = make_xpresso_pipeline(**settings).fit(data.data[many], data.target[many])
unchanged = pretrained.score(data.data[test], second[test])
print(f"first condition r2 {pretrained.score(data.data[test], data.target[test]):.2f}")
print(f"second condition, as it is: r2 {unchanged:.2f}")

# %%
# Train on
# --------
# ``warm_start`` goes on from the fitted weights; ``freeze_convolutions`` keeps what was learned
# about sequence. A copy is trained, since ``clone`` would forget the weights.

sizes = [50, 150, 600]
scores = {"from scratch": [], "fine-tuned": []}
for n in sizes:
    X, y = data.data[few][:n], second[few][:n]
    scratch = make_xpresso_pipeline(**settings).fit(X, y)
    tuned = copy.deepcopy(pretrained).set_params(
        xpresso__warm_start=True, xpresso__freeze_convolutions=True, xpresso__learning_rate=1e-3
    )
    tuned.fit(X, y)
    scores["from scratch"].append(scratch.score(data.data[test], second[test]))
    scores["fine-tuned"].append(tuned.score(data.data[test], second[test]))
table = pd.DataFrame(scores, index=pd.Index(sizes, name="genes of the second condition"))
print(table.round(2))

# %%
figure, ax = plt.subplots(figsize=(7.5, 4), layout="constrained")
for name, colour in {"from scratch": "#e07a1f", "fine-tuned": "#2a6f97"}.items():
    ax.semilogx(sizes, table[name], marker="o", color=colour, label=name)
ax.axhline(unchanged, color="0.3", linestyle="--", linewidth=1, label="first network, as it is")
ax.set_xticks(sizes, [str(n) for n in sizes])
ax.minorticks_off()
ax.set(xlabel="genes of the second condition", ylabel="r2 on its test genes")
ax.legend()

# %%
# The published networks go on in the same way: ``load_pretrained("human_median",
# halflife_columns=HALF_LIFE_COLUMNS)`` gives them with half-life inputs of your own.
