"""
Half-life alone, promoter alone, and both
=========================================

Which part of expression does each input explain? Here the answer is known: the data are made with
planted shares.
"""

# %%
# Half-life columns are a linear affair, so a linear regression reads them. The network gets the
# promoter alone, or the whole table.

from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skxpresso import make_xpresso_pipeline, scorecard
from skxpresso.baselines import halflife_baseline
from skxpresso.datasets import make_promoters

data = make_promoters(
    1800, length=100, grammar_share=0.45, halflife_share=0.3, composition_share=0.1, random_state=2
)
network = make_xpresso_pipeline(
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
)


def promoter_only(table):
    return table[["promoter"]]


models = {
    "half-life alone": halflife_baseline(),
    "promoter alone": make_pipeline(FunctionTransformer(promoter_only), network),
    "both": network,
}
card = scorecard(models, data.data, data.target, cv=3, random_state=0)
card.table(["r2"])

# %%
# Beside each score stands what was planted, the most that a perfect reader of that input could
# explain.

import matplotlib.pyplot as plt

shares = data.shares
planted = [
    shares["halflife"],
    shares["grammar"] + shares["composition"],
    data.ceiling,
]
rows = card.summary.query("metric == 'r2'").set_index("model").loc[list(models)]
figure, ax = plt.subplots(figsize=(8, 3.6), layout="constrained")
ax.barh(list(models), planted, color="0.88", label="planted")
error = [rows["score"] - rows["low"], rows["high"] - rows["score"]]
ax.barh(list(models), rows["score"], height=0.45, xerr=error, color="#2a6f97", label="explained")
ax.invert_yaxis()
ax.set(xlabel="r2, mean of three folds, 95 % interval", xlim=(0, 1))
ax.legend(loc="lower right")

# %%
# The two inputs are independent in these data, so their planted shares add up. Real ones are not:
# genes with CpG islands differ in their transcripts, too, and the whole is less than the sum.

alone = rows.loc["half-life alone", "score"] + rows.loc["promoter alone", "score"]
print(f"sum of the two alone {alone:.2f}, both in one network {rows.loc['both', 'score']:.2f}")
