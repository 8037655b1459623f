"""The standard models: those that a table allows, with the window and the settings asked for."""

import numpy as np
import pytest
from sklearn.base import clone

from skxpresso.datasets import make_promoters
from skxpresso.jobs.standard_models import MODELS, standard_models

SMALL = {"epochs": 1, "patience": None, "filters": (4, 4), "dense_units": (4, 4)}


@pytest.mark.slow
def test_every_model_fits_and_predicts(promoters):
    models = standard_models(promoters.data, list(MODELS), **SMALL)
    assert list(models) == list(MODELS)
    for model in models.values():
        fitted = clone(model).fit(promoters.data, promoters.target)
        assert fitted.predict(promoters.data).shape == (80,)


def test_models_are_those_that_the_columns_allow(promoters):
    sequences, numbers = promoters.data[["promoter"]], promoters.data.drop(columns="promoter")
    assert list(standard_models(numbers)) == ["mean", "halflife", "halflife-boosting"]
    assert "halflife" not in standard_models(sequences)
    assert list(standard_models(sequences, ["network", "mean"])) == ["network", "mean"]
    with pytest.raises(ValueError, match="'halflife' needs half-life columns; X has none"):
        standard_models(sequences, ["halflife"])
    with pytest.raises(ValueError, match="no model 'forest'; there are 'mean', "):
        standard_models(sequences, ["forest"])


def test_window_seed_and_settings_arrive(promoters):
    models = standard_models(promoters.data, upstream=12, downstream=8, random_state=3, **SMALL)
    network = models["network"].fit(promoters.data, promoters.target)
    assert network[-1].promoter_length_ == 20
    assert network[-1].random_state == 3
    assert network[-1].filters == (4, 4)


def test_lstm_of_long_promoters_reads_a_hundred_positions():
    models = standard_models(make_promoters(2, 10_500, random_state=0).data, ["lstm"], epochs=3)
    lstm = models["lstm"][-1]
    assert 10_500 // np.prod(lstm.pool_sizes) == 87
    assert lstm.epochs == 3
