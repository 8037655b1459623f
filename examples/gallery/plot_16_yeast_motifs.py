"""
Motifs that a network found: yeast
==================================

A network trained on measured yeast promoters says which bases matter to it. The words in which they
stand are put beside the sites of known factors, planted where there were none, and destroyed where
they are.
"""

# %%
# A network
# ---------
# Fragments of de Boer et al. (2020). Whole groups of fragments that share sequence are held out.

import logomaker
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.model_selection import GroupShuffleSplit

from skxpresso import make_xpresso_pipeline, pearson_r2_score
from skxpresso.datasets import load_yeast_promoters
from skxpresso.interpret import (
    Motif,
    ablate,
    effect_by_distance,
    find_motifs,
    plant,
    saturation_mutagenesis,
)
from skxpresso.model_selection import shared_sequence_groups

yeast = load_yeast_promoters(16_000)
X, y = yeast.data, yeast.target
groups = shared_sequence_groups(X["promoter"].str[yeast.flank : -yeast.flank])
train, test = next(GroupShuffleSplit(1, test_size=0.2, random_state=0).split(X, y, groups))

network = make_xpresso_pipeline(
    filters=(64, 32),
    kernel_sizes=(13, 9),
    dilation_rates=(1, 1),
    pool_sizes=(4, 3),
    dense_units=(64, 16),
    dropout_rates=(0.2, 0.0),
    optimizer="adam",
    learning_rate=2e-3,
    epochs=8,
    patience=3,
    random_state=1,
).fit(X.iloc[train], y.iloc[train])
held_out = X.iloc[test]
r2 = pearson_r2_score(y.iloc[test], network.predict(held_out))
print(f"squared Pearson {r2:.2f} on {len(test):,} fragments; a perfect model {yeast.ceiling:.2f}")

# %%
# Words in which most is contributed
# ----------------------------------
# What a base contributes is how much the prediction falls, on average, when another one takes its
# place. Every word of seven bases is given the mean of what it contributes wherever it stands in
# the held-out fragments, on either strand.

start, end = yeast.flank, 120 - yeast.flank
effects = saturation_mutagenesis(network, held_out, start=start, end=end)
contributions = -effects.sum(axis=2) / 3  # of the three other bases
letters = held_out["promoter"].str[start:end].tolist()

K = 7
OTHER_STRAND = str.maketrans("ACGT", "TGCA")


def either_strand(word):
    """Return the word or its reverse complement, whichever comes first in the alphabet."""
    return min(word, word.translate(OTHER_STRAND)[::-1])


sums = np.cumsum(np.pad(contributions, ((0, 0), (1, 0))), axis=1)
sums = sums[:, K:] - sums[:, :-K]
words = pd.DataFrame(
    {
        "word": [either_strand(s[i : i + K]) for s in letters for i in range(len(s) - K + 1)],
        "contribution": sums.ravel(),
    }
).groupby("word")["contribution"]
words = pd.DataFrame({"n": words.size(), "mean": words.mean(), "sem": words.sem()})
words = words[words["n"] >= 10].sort_values("mean", ascending=False)
words.head(12).round(2)

# %%
# Known factors
# -------------
# Words with CGCG and runs of A are among the best. To give them names, here are consensus sites of
# factors that are known to matter in yeast, chosen by hand. Do they do what the factors do, when
# they are destroyed where they are, and planted where they were not?

FACTORS = {
    "Reb1": "CGGGTAA",
    "Abf1": "RTCRYNNNNNACG",
    "Mbp1 (MCB)": "ACGCGT",
    "Swi4 (SCB)": "CRCGAAA",
    "Stb3 (RRPE)": "AAAAATTT",
    "Rsc3": "CGCGCG",
    "Cbf1": "TCACGTG",
    "Rap1": "ACACCCRTACA",
    "TATA box": "TATAWAW",
    "Gcr1": "CTTCCW",
    "Gcn4": "TGACTCA",
    "Msn2": "AAGGGG",
}
motifs = [Motif.from_consensus(site, name) for name, site in FACTORS.items()]

rows = []
for motif in motifs:
    without = ablate(network, held_out, motif, n_draws=5, n_controls=5)
    planted = plant(network, held_out[:200], motif, positions=range(30, 90, 10), n_controls=5)
    rows.append(
        {
            "factor": motif.name,
            "site": motif.consensus,
            "sites": len(without),
            "destroyed": without["effect"].mean(),
            "other places": without["control"].mean(),
            "planted": planted["effect"].mean(),
            "shuffled": planted["control"].mean(),
        }
    )
known = pd.DataFrame(rows)
known["lost"] = known["other places"] - known["destroyed"]
known["gained"] = known["planted"] - known["shuffled"]
known["found"] = (known["lost"] > 0.4) & (known["gained"] > 0.4)
known.sort_values("lost", ascending=False).round(2)

# %%
# A factor counts as found if its sites raise the prediction by 0.4 sorting bins both ways: more is
# lost with them than with other places, and more is gained by them than by their shuffled letters.

print("found:", ", ".join(known.loc[known["found"], "factor"]))
print("not found:", ", ".join(known.loc[~known["found"], "factor"]))

# %%
figure, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
ax.scatter(known["lost"], known["gained"], c=np.where(known["found"], "#255c99", "#bbbbbb"))
for row in known.itertuples():
    ax.annotate(row.factor, (row.lost, row.gained), xytext=(4, 5), textcoords="offset points")
ax.axhline(0, color="#888888", linewidth=0.7)
ax.axvline(0, color="#888888", linewidth=0.7)
ax.set(xlabel="lost when sites are destroyed, bins", ylabel="gained when planted, bins")
ax.margins(x=0.2)

# %%
# Their logos
# -----------
# What each base contributes at and around the sites of the held-out fragments, on average. The
# network was shown no motif: what stands out is what it learned. Where that is hardly more than a
# CG, the sites raise the prediction, but this network does not read them whole.

FLANK = 4
found = known[known["found"]].sort_values("lost", ascending=False)["factor"].tolist()
one_hot = np.stack([(np.array([list(s) for s in letters]) == base) for base in "ACGT"], axis=2)
by_base = one_hot * contributions[:, :, None]
sites = find_motifs(held_out["promoter"].str[start:end].tolist(), motifs)


def mean_at_sites(name):
    """Return the mean contribution by base around the sites of a factor, read 5' to 3'."""
    mine = sites[sites["motif"] == name]
    mine = mine[(mine["start"] >= FLANK) & (mine["end"] <= end - start - FLANK)]
    stretches = [
        by_base[row.gene, row.start - FLANK : row.end + FLANK][:: 1 if row.strand == "+" else -1]
        for row in mine.itertuples()
    ]
    turned = [
        stretch if strand == "+" else stretch[:, ::-1]
        for stretch, strand in zip(stretches, mine["strand"], strict=True)
    ]
    return pd.DataFrame(np.mean(turned, axis=0), columns=list("ACGT")), len(turned)


n_rows = -(-len(found) // 2)
figure, axes = plt.subplots(n_rows, 2, figsize=(9, 1.7 * n_rows), layout="constrained")
figure.supylabel("mean contribution, bins")
for ax in axes.flat[len(found) :]:
    ax.set_axis_off()
for ax, name in zip(axes.flat, found, strict=False):
    logo, n = mean_at_sites(name)
    logomaker.Logo(logo, ax=ax, show_spines=False, flip_below=False)
    ax.set_title(f"{name}, {FACTORS[name]}, {n} sites", fontsize=9, loc="left")
    ax.set_xticks([])

# %%
# Does the place matter?
# ----------------------
# Planted at every position between the constant ends; the grey line is the same letters, shuffled.

figure, axes = plt.subplots(1, 2, figsize=(9, 3.2), sharey=True, layout="constrained")
for ax, name in zip(axes, ["Reb1", "Abf1"], strict=True):
    motif = Motif.from_consensus(FACTORS[name])
    places = range(start, end - len(motif) + 1)
    curve = effect_by_distance(plant(network, held_out[:200], motif, positions=places))
    ax.fill_between(
        curve.index, curve["effect"] - curve["sem"], curve["effect"] + curve["sem"], alpha=0.3
    )
    ax.plot(curve.index, curve["effect"], label=name)
    ax.plot(curve.index, curve["control"], color="#888888", label="shuffled")
    ax.set(xlabel="start, nt from the middle of the fragment")
    ax.legend()
axes[0].set_ylabel("change of expression, bins")

# %%
# The sites that these 200 fragments have anyway are part of every mean. More fragments, more
# epochs and more networks find more factors; :doc:`../interpret` tells what else can be asked.
