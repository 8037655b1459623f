"""xpresso_settings: one rule for layers and training, whatever the promoters."""

import pytest

from skxpresso import XpressoRegressor, make_xpresso_pipeline, xpresso_settings
from skxpresso.datasets import make_promoters
from skxpresso.network.architecture import pooled_lengths


@pytest.mark.parametrize("length", [3000, 10_500, 20_000, 0])
@pytest.mark.parametrize("n_genes", [None, 50, 100_000])
def test_long_promoters_get_the_published_network_and_training(length, n_genes):
    chosen = XpressoRegressor(**xpresso_settings(length, n_genes)).get_params()
    assert chosen == XpressoRegressor().get_params()


@pytest.mark.parametrize("length", [20, 60, 110, 120, 200, 400, 999, 1000, 2000, 2999])
def test_pools_leave_about_fifteen_positions_of_short_promoters(length):
    settings = xpresso_settings(length)
    assert 10 <= pooled_lengths(length, settings["pool_sizes"])[-1] <= 20


@pytest.mark.parametrize("length", range(1, 15))
def test_even_the_shortest_leave_a_position(length):
    assert pooled_lengths(length, xpresso_settings(length)["pool_sizes"])[-1] >= 1


def test_more_genes_never_get_more_passes():
    epochs = [xpresso_settings(120, n)["epochs"] for n in (0, 1, 100, 6000, 20_000, 10**6)]
    assert epochs == sorted(epochs, reverse=True)
    assert (epochs[0], epochs[-1]) == (100, 30)


def test_a_network_of_the_rule_trains(promoters):
    width = len(promoters.data["promoter"].iloc[0])
    settings = xpresso_settings(width, len(promoters.data)) | {"epochs": 1, "patience": None}
    data = make_promoters(40, length=width, random_state=0)
    model = make_xpresso_pipeline(**settings, random_state=0).fit(data.data, data.target)
    assert model.predict(data.data).shape == (40,)


@pytest.mark.parametrize("wrong", [-1, 2.5, True, "120"])
def test_what_is_no_count_is_refused(wrong):
    with pytest.raises(ValueError, match="promoter_length must be an integer of 0 or more, got"):
        xpresso_settings(wrong)
    with pytest.raises(ValueError, match="n_genes must be an integer of 0 or more, got"):
        xpresso_settings(120, wrong)
