"""
A first pipeline
================

From a table of promoters and half-life columns to predicted expression, in one scikit-learn
pipeline.
"""

# %%
# One gene per row
# ----------------
# The column ``promoter`` holds sequences, the others numbers that stand for mRNA half-life.
# :func:`~skxpresso.datasets.make_promoters` makes such a table: expression depends on where three
# motifs lie, on half-life, and on GC content, and a fifth of its variance is noise.

from sklearn.model_selection import train_test_split

from skxpresso.datasets import make_promoters

data = make_promoters(2000, length=100, random_state=1)
X, X_test, y, y_test = train_test_split(data.data, data.target, test_size=0.25, random_state=1)
X.iloc[:4, :5]

# %%
# Three steps
# -----------
# Half-life columns are brought to one scale, promoters become one byte per base, and the network
# reads both. Settings of the network are tuples with one entry per layer.

from skxpresso import make_xpresso_pipeline

pipeline = make_xpresso_pipeline(
    filters=(32,),
    kernel_sizes=(8,),
    dilation_rates=(1,),
    pool_sizes=(10,),
    dense_units=(32, 8),
    dropout_rates=(0.1, 0.0),
    optimizer="adam",
    learning_rate=1e-2,
    batch_size=64,
    epochs=25,
    random_state=1,
)
pipeline.fit(X, y)

# %%
# What came of it
# ---------------
# A tenth of the training rows was held back to see when to stop; the weights of the best epoch
# were kept. The test genes were in neither part.

import matplotlib.pyplot as plt

from skxpresso.plots import plot_learning_curve, plot_predictions

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
plot_learning_curve(pipeline, title="Training", ax=left)
plot_predictions(y_test, pipeline.predict(X_test), title="Genes never seen", ax=right)

# %%
# A perfect model would reach the ceiling of these data, which is known because they are made.

print(f"r2 on the test genes {pipeline.score(X_test, y_test):.2f}; ceiling {data.ceiling:.2f}")
