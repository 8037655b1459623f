"""Pure Keras 3: builders, layers and training, which know nothing of scikit-learn."""

from skxpresso.network._loading import load_keras

load_keras()  # before a file of this folder imports Keras aloud
