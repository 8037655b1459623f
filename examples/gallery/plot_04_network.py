"""
The network, drawn
==================

What the layers are, how many positions each leaves of the promoter, and where the weights sit.
"""

# %%
# The published network reads 10,500 nt. Drawing needs the settings alone; nothing is built.

import matplotlib.pyplot as plt

from skxpresso.network import Architecture, plot_network
from skxpresso.network.diagram import list_layers

figure, ax = plt.subplots(figsize=(7, 6), layout="constrained")
plot_network(Architecture(), promoter_length=10_500, n_halflife=8, ax=ax)

# %%
# Most weights are in the first dense layer, which sees every position that the poolings left.

layers = [layer for layer in list_layers(Architecture(), 10_500, 8) if layer.n_weights]
figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.barh([layer.name for layer in layers], [layer.n_weights for layer in layers], color="#2a6f97")
ax.bar_label(ax.containers[0], fmt="{:,.0f}", padding=4)
ax.invert_yaxis()
ax.margins(x=0.15)
ax.set(xlabel="weights")

# %%
# Settings that leave nothing of the promoter are refused before anything is trained, with the
# layer at fault.

from skxpresso.exceptions import NetworkShapeError

try:
    Architecture().check_fits(120, 0)
except NetworkShapeError as error:
    print(error)
