"""What `tune` searches: a space that holds the network of the rule, which is tried first."""

from types import SimpleNamespace

import pytest
from hyperopt import space_eval

from skxpresso import make_xpresso_pipeline, xpresso_is_feasible, xpresso_settings
from skxpresso.jobs._tuning_space import choose_space
from skxpresso.jobs.tune import _say_if_nothing_was_found
from skxpresso.search import flatten_params
from skxpresso.search._space import check_values, compile_space

PIPELINE = make_xpresso_pipeline()


def first_trial(chosen):
    domain = compile_space(chosen.space, PIPELINE)
    (point,) = chosen.points
    check_values(domain, point, "points_to_evaluate[0]")
    return flatten_params(space_eval(chosen.space, point), PIPELINE)


@pytest.mark.parametrize("length", [20, 41, 120, 400, 1001, 2999, 20_000])
@pytest.mark.parametrize("n_genes", [500, 20_000])
def test_the_first_trial_is_the_network_of_the_rule(length, n_genes):
    chosen = choose_space(length, n_genes, {})
    params = first_trial(chosen)
    assert xpresso_is_feasible(params)
    trained = {name.partition("__")[2]: value for name, value in params.items()}
    ends = trained.pop("upstream"), trained.pop("downstream")
    assert ends == ((7000, 3500) if length == 20_000 else (length // 2, length - length // 2))
    rule = xpresso_settings(length, n_genes)
    for name, value in trained.items():
        assert value == pytest.approx(rule[name]), name
    assert chosen.searched - {"activation"} == set(trained)


@pytest.mark.parametrize("length", [3000, 10_500])
def test_long_promoters_are_searched_as_published(length):
    chosen = choose_space(length, 1000, {})
    assert (chosen.points, chosen.epochs) == ([], 10)
    assert "xpresso__learning_rate" not in chosen.space
    assert "learning_rate" not in chosen.searched


def test_what_is_given_is_not_searched():
    chosen = choose_space(120, 1000, {"learning_rate": 1e-4, "epochs": 3})
    assert "xpresso__learning_rate" not in chosen.space
    assert chosen.epochs == 3
    slower = choose_space(120, 1000, {"optimizer": "sgd"})
    assert first_trial(slower)["xpresso__learning_rate"] == pytest.approx(5e-4)


@pytest.mark.parametrize("best", [-0.007, 0.0, 0.3])
def test_a_search_that_finds_nothing_says_so(best, caplog):
    _say_if_nothing_was_found(SimpleNamespace(best_score_=best, trials_=[{}] * 4))
    said = f"the best of 4 has a cross-validated r2 of {best:.3f}"
    assert (said in caplog.text) == (best <= 0)
