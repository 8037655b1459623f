"""Pure Keras 3: builders, layers and training, which know nothing of scikit-learn."""
