"""What a command chooses where nobody asks otherwise, and what it says."""

import logging

import pandas as pd
import pytest

from skxpresso import OneHotPromoterEncoder, make_xpresso_pipeline, save_pipeline, xpresso_settings
from skxpresso.jobs._settings import choose_settings, describe, window_width
from skxpresso.jobs._split import split_genes
from skxpresso.jobs.standard_models import standard_models
from skxpresso.jobs.train import train_on_split


@pytest.mark.parametrize(
    "window", [{}, {"upstream": 9}, {"downstream": 4}, {"tss": 3, "upstream": 2}]
)
def test_width_is_that_of_the_encoder(window):
    X = pd.DataFrame({"promoter": ["ACGTACGTACGTACGTACGTA"] * 3})
    encoded = OneHotPromoterEncoder(**window).fit_transform(X)
    assert window_width(X, **window) == encoded.promoter_length
    assert (
        window_width(OneHotPromoterEncoder().fit_transform(X), **window) == encoded.promoter_length
    )


def test_genes_without_promoters_have_no_width():
    assert window_width(pd.DataFrame({"CDSLEN": [1.0]})) == 0


def test_rule_fills_in_what_is_not_asked_for(promoters):
    chosen = choose_settings(promoters.data, {"epochs": 3, "filters": None, "upstream": None})
    assert chosen == xpresso_settings(30, 80) | {"epochs": 3}
    other = choose_settings(promoters.data, {"optimizer": "sgd"}, n_genes=50_000)
    assert other == xpresso_settings(30, 50_000) | {"optimizer": "sgd", "learning_rate": 5e-4}
    searched = choose_settings(promoters.data, {}, searched=["filters"])
    assert "filters" not in searched
    assert "pool_sizes" in searched


def test_choice_is_said(promoters, caplog):
    with caplog.at_level(logging.INFO, "skxpresso"):
        choose_settings(promoters.data, {"filters": (4, 4), "init": None})
    assert "network for promoters of 30 nt: filters 4,4, kernel sizes 11,9" in caplog.text
    assert "adam, learning rate 0.001, batches of 32, at most 100 epochs" in caplog.text


def test_description_of_a_start():
    assert describe({"init": "human_median"}) == "starts from human_median"
    assert (
        describe({"init": make_xpresso_pipeline(), "optimizer": "sgd"})
        == "starts from Pipeline; sgd"
    )


def test_train_and_evaluate_build_the_same_network(promoters, tmp_path):
    """A good score on the scorecard is what `train` builds."""
    fast = {"epochs": 1}
    evaluated = standard_models(promoters.data, ["network"], **fast)["network"][-1].get_params()
    split = split_genes(promoters.data, promoters.target)
    trained = train_on_split(split, tmp_path / "a.safetensors", verbose=0, random_state=0, **fast)
    params = trained.pipeline[-1].get_params()
    assert {name: params[name] for name in evaluated} == evaluated


def test_training_from_a_file_takes_layers_and_window(promoters, tiny, tmp_path):
    start = tmp_path / "start.safetensors"
    save_pipeline(
        make_xpresso_pipeline(12, 10, **tiny).fit(promoters.data, promoters.target), start
    )
    split = split_genes(promoters.data, promoters.target)
    trained = train_on_split(
        split, tmp_path / "a.safetensors", verbose=0, init=str(start), freeze_convolutions=True,
        epochs=1, upstream=None, activation=None,
    )  # fmt: skip
    network = trained.pipeline[-1]
    assert (network.architecture_.filters, network.promoter_length_) == ((6,), 22)
    assert all(path.stat().st_size for path in trained.files.values())


def test_no_early_stopping_is_asked_for(promoters):
    assert choose_settings(promoters.data, {"patience": None})["patience"] is None
    model = standard_models(promoters.data, ["network"], patience=None)["network"]
    assert model[-1].patience is None
