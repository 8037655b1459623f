"""
Which bases, which numbers
==========================

A network is trained on synthetic promoters, in which it is known where the motifs stand. Then it is
asked what every base and every half-life number adds to a prediction.
"""

# %%
# Three motifs of eight bases stand in every promoter; their places decide expression, together with
# the half-life columns.
from skxpresso import make_xpresso_pipeline
from skxpresso.datasets import make_promoters

data = make_promoters(
    2200, length=120, grammar_share=0.7, halflife_share=0.25, composition_share=0, random_state=0
)
X_train, y_train = data.data[:2000], data.target[:2000]
X_test, y_test = data.data[2000:], data.target[2000:]
pipeline = make_xpresso_pipeline(
    filters=(32,),
    kernel_sizes=(10,),
    dilation_rates=(1,),
    pool_sizes=(10,),
    dense_units=(32, 8),
    optimizer="adam",
    learning_rate=0.003,
    batch_size=64,
    epochs=30,
    random_state=0,
).fit(X_train, y_train)
round(pipeline.score(X_test, y_test), 2)

# %%
# Every base is replaced by each other one, every half-life number by its mean over the training
# genes. The result is looked up by gene.
from skxpresso.interpret import attribute

found = attribute(pipeline, X_test)
gene = found.names[int(abs(found.contributions).sum(axis=1).argmax())]
found[gene].to_frame(top=5)

# %%
# The track of that gene, above it the places of the motifs; below, the letters of the strongest
# motif as high as they contribute.
import matplotlib.pyplot as plt
import numpy as np

row = found.names.index(gene)
starts = data.positions[2000 + row]
sums = [abs(found.contributions[row, start : start + 8].sum()) for start in starts]
strongest = int(starts[np.argmax(sums)])

figure, (above, below) = plt.subplots(2, figsize=(9, 5), layout="constrained")
found.plot_track(gene, ax=above)
above.margins(y=0.2)
for start, motif in zip(starts, data.motifs, strict=True):
    above.axvspan(start - found.tss - 0.5, start - found.tss + 7.5, color="0.9", zorder=0)
    place = (start - found.tss + 3.5, above.get_ylim()[1])
    above.annotate(motif, place, ha="center", va="top", fontsize=8)
first, last = max(0, strongest - 12), min(found.width, strongest + 20)
_ = found.plot_logo(gene, first, last, ax=below)

# %%
# Over all promoters that the network has not seen, planted positions rank above the others.
from sklearn.metrics import roc_auc_score

places = np.arange(found.width)
of_motifs = data.positions[2000:, :, None]
planted = ((places >= of_motifs) & (places < of_motifs + 8)).any(axis=1)
round(roc_auc_score(planted.ravel(), abs(found.contributions).ravel()), 2)

# %%
# The half-life columns in the same units, those of expression: what the network made of them. One
# point is one gene; a straight line is what was planted, over the logarithm or the column itself.
figure, panels = plt.subplots(2, 4, sharey=True, figsize=(9, 4.5), layout="constrained")
numbers = pipeline[:-1].transform(X_test).covariates
for ax, (name, values), read in zip(panels.ravel(), found.halflife.items(), numbers.T, strict=True):
    ax.scatter(read, values, s=5, color="#2a6f97")
    ax.axhline(0, color="0.6", linewidth=0.8)
    ax.set(title=name)
figure.supxlabel("standard deviations from the mean of the training genes")
_ = figure.supylabel("contribution")
