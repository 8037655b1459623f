"""Ensembles: the mean and spread of networks that each could have been fitted alone."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from skxpresso import (
    DenoisingAutoencoderRegressor,
    LSTMRegressor,
    OneHotPromoterEncoder,
    XpressoRegressor,
)
from skxpresso.exceptions import DeadNetworkWarning, NonFiniteLossError
from skxpresso.interpret import saturation_mutagenesis
from skxpresso.network._keras import training
from tests.network.test_repeats import kill_first
from tests.toys import BRIEF, numbers

SMALL = BRIEF | {"random_state": 0, "n_estimators": 2}
OTHERS = [
    LSTMRegressor(filters=(6,), pool_sizes=(5,), lstm_units=(4,), bidirectional=False, **SMALL),
    DenoisingAutoencoderRegressor(
        dense_units=(6,), dropout_rates=(0.1,), pretrain_epochs=1, **SMALL
    ),
]


@pytest.fixture(scope="module")
def ensemble(X, y, tiny):
    return XpressoRegressor(**tiny, n_estimators=3).fit(X, y)


def test_mean_and_spread_are_those_of_the_members(ensemble, X):
    members = ensemble.predict_members(X)
    assert members.shape == (3, len(X))
    mean, std = ensemble.predict(X, return_std=True)
    np.testing.assert_allclose(mean, sum(members) / 3, rtol=1e-12)
    np.testing.assert_allclose(std, np.sqrt(((members - mean) ** 2).sum(axis=0) / 2), rtol=1e-9)
    np.testing.assert_array_equal(ensemble.predict(X), mean)
    assert (std > 0).all()


def test_every_member_is_a_regressor_of_its_own(ensemble, X):
    for single, row in zip(ensemble.estimators_, ensemble.predict_members(X), strict=True):
        np.testing.assert_array_equal(single.predict(X), row)
        assert single.get_params()["n_estimators"] == 1
        assert single.history_["loss"] != ensemble.estimators_[0].history_["loss"] or (
            single.history_ == ensemble.history_
        )
    assert len({each.history_["loss"][-1] for each in ensemble.estimators_}) == 3
    assert ensemble.n_restarts_ == sum(each.n_restarts_ for each in ensemble.estimators_)


def test_the_first_member_is_what_a_fit_of_one_network_gives(X, y, tiny):
    validation = {"X_val": X[60:], "y_val": y[60:]}
    one = XpressoRegressor(**tiny).fit(X[:60], y[:60], **validation)
    three = XpressoRegressor(**tiny, n_estimators=3).fit(X[:60], y[:60], **validation)
    np.testing.assert_array_equal(three.predict_members(X)[0], one.predict(X))
    assert three.estimators_[0].history_ == one.history_ == three.history_


def test_a_smaller_ensemble_is_a_part_of_a_larger(ensemble, X, y, tiny):
    two = XpressoRegressor(**tiny, n_estimators=2).fit(X, y)
    np.testing.assert_array_equal(two.predict_members(X), ensemble.predict_members(X)[:2])


def test_members_hold_back_rows_of_their_own(X, y, tiny):
    held_back = []
    original = training.train_network

    def spy(build, train, valid, *args, **options):
        held_back.append({gene.tobytes() for gene in valid.codes})
        assert len(train) + len(valid) == len(X)
        return original(build, train, valid, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("skxpresso.network._scikeras.train_network", spy)
        XpressoRegressor(**tiny, n_estimators=2).fit(X, y)
    assert held_back[0] != held_back[1]


@pytest.mark.slow
def test_processes_give_the_same_numbers(ensemble, X, y, tiny):
    model = XpressoRegressor(**tiny, n_estimators=3, n_jobs=2).fit(X, y)
    np.testing.assert_array_equal(model.predict_members(X), ensemble.predict_members(X))
    assert [each.history_ for each in model.estimators_] == [
        each.history_ for each in ensemble.estimators_
    ]


@pytest.mark.slow
@pytest.mark.parametrize("model", OTHERS, ids=lambda model: type(model).__name__)
def test_other_networks_take_part(model, X, y):
    fitted = clone(model).fit(X, y)
    members = fitted.predict_members(X)
    mean, std = fitted.predict(X, return_std=True)
    np.testing.assert_allclose(mean, members.mean(axis=0), rtol=1e-12)
    assert (std > 0).mean() > 0.9
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_allclose(again.predict_members(X), members, rtol=1e-5)
    if hasattr(fitted, "pretraining_losses_"):
        losses = [each.pretraining_losses_ for each in fitted.estimators_]
        assert losses[0] == fitted.pretraining_losses_ != losses[1]
    goes_on = fitted.set_params(warm_start=True).fit(X, y)
    assert np.abs(goes_on.predict_members(X) - members).max(axis=1).min() > 0


def test_a_single_network_has_no_spread(fitted, X):
    assert fitted.predict_members(X).shape == (1, len(X))
    assert len(fitted.estimators_) == 1
    with pytest.raises(ValueError, match=r"return_std=True .* 1 network; .*n_estimators of 2"):
        fitted.predict(X, return_std=True)


def test_through_a_pipeline_and_a_clone(X, y, tiny):
    pipeline = make_pipeline(OneHotPromoterEncoder(), XpressoRegressor(**tiny, n_estimators=2))
    mean, std = clone(pipeline).fit(X, y).predict(X, return_std=True)
    assert mean.shape == std.shape == (len(X),)


@pytest.mark.slow
def test_a_search_takes_the_number_of_networks(X, y, tiny):
    scores = [
        cross_val_score(XpressoRegressor(**tiny, n_estimators=n), X, y, cv=2).mean() for n in (1, 2)
    ]
    assert scores[0] != scores[1]


def test_pickle_keeps_weights_alone(ensemble, X):
    _ = ensemble.model_
    again = pickle.loads(pickle.dumps(ensemble))
    assert "model" not in again._network.__dict__ or again._network.model is None
    np.testing.assert_array_equal(again.predict_members(X), ensemble.predict_members(X))


def test_one_keras_model_of_all(ensemble, X, tmp_path):
    import keras

    matrix = OneHotPromoterEncoder().fit_transform(X)
    inputs = {"promoter": matrix.to_onehot().astype("f4"), "halflife": matrix.covariates}
    plain = ensemble.to_keras()
    names = [type(layer).__name__ for layer in plain.layers]
    assert names.count("Functional") == 3
    assert names[-2:] == ["Average", "Rescaling"]
    expected = ensemble.predict(X)
    np.testing.assert_allclose(plain.predict(inputs, verbose=0)[:, 0], expected, rtol=1e-4)
    plain.save(tmp_path / "mean.keras")
    again = keras.models.load_model(tmp_path / "mean.keras")
    np.testing.assert_allclose(again.predict(inputs, verbose=0)[:, 0], expected, rtol=1e-4)
    on_codes = {"promoter": matrix.codes, "halflife": matrix.covariates}
    raw = ensemble.model_.predict(on_codes, verbose=0)[:, 0]
    np.testing.assert_allclose(
        raw * ensemble.y_scale_ + ensemble.y_mean_, expected, rtol=1e-4, atol=1e-5
    )


@pytest.mark.slow
def test_warm_start_goes_on_with_every_member(X, y, tiny):
    model = XpressoRegressor(**tiny, n_estimators=2, warm_start=True).fit(X, y)
    before = [each.model_.get_weights() for each in model.estimators_]
    model.set_params(learning_rate=1e-9).fit(X, y)
    after = [each.model_.get_weights() for each in model.estimators_]
    for old, new in zip(before, after, strict=True):
        for a, b in zip(old, new, strict=True):
            np.testing.assert_allclose(a, b, atol=1e-6)
    with pytest.raises(ValueError, match=r"the 2 fitted network\(s\), so n_estimators .* got 3"):
        model.set_params(n_estimators=3).fit(X, y)


def test_the_scale_of_y_is_that_of_all_rows(ensemble, y):
    assert ensemble.y_mean_ == pytest.approx(np.mean(y))
    assert ensemble.y_scale_ == pytest.approx(np.std(y))


def test_explaining_an_ensemble_is_the_mean_of_explaining_its_members(ensemble, X):
    together = saturation_mutagenesis(ensemble, X[:3])
    each = [saturation_mutagenesis(single, X[:3]) for single in ensemble.estimators_]
    np.testing.assert_allclose(together, np.mean(each, axis=0), atol=1e-5)


# ---- members that are lost --------------------------------------------------------------------


def test_a_dead_member_is_replaced(X, y, tiny, monkeypatch):
    kill_first(monkeypatch, 1)
    model = XpressoRegressor(**tiny, n_estimators=2).fit(X, y)
    assert [each.n_restarts_ for each in model.estimators_] == [1, 0]
    assert (np.ptp(model.predict_members(X), axis=1) > 0).all()


def test_a_member_that_stays_dead_is_left_out(X, y, tiny, monkeypatch):
    kill_first(monkeypatch, 1)
    model = XpressoRegressor(**tiny, n_estimators=3, max_restarts=0)
    message = r"1 of 3 networks are lost: 1 predict one number .*, 0 diverged.* leaves them out"
    with pytest.warns(DeadNetworkWarning, match=message):
        model.fit(X, y)
    assert len(model.estimators_) == 2
    assert (np.ptp(model.predict_members(X), axis=1) > 0).all()


def test_an_ensemble_of_dead_networks_says_so(X, y, tiny, monkeypatch):
    kill_first(monkeypatch, 99)
    with pytest.warns(DeadNetworkWarning, match="2 of 2 networks are lost.* none is left"):
        model = XpressoRegressor(**tiny, n_estimators=2, max_restarts=0).fit(X, y)
    assert np.ptp(model.predict(X)) == 0


def diverge_first(monkeypatch, n):
    """Let the first `n` trainings diverge."""
    original, calls = training._train_once, []

    def train_once(*args):
        calls.append(args)
        if len(calls) <= n:
            raise NonFiniteLossError("loss became non-finite")
        return original(*args)

    monkeypatch.setattr(training, "_train_once", train_once)


def test_a_diverged_member_is_replaced_and_left_out_in_the_end(tiny, monkeypatch):
    X, y = numbers()
    diverge_first(monkeypatch, 1)
    model = XpressoRegressor(**tiny, n_estimators=2, max_restarts=1).fit(X, y)
    assert [each.n_restarts_ for each in model.estimators_] == [1, 0]
    diverge_first(monkeypatch, 2)
    with pytest.warns(DeadNetworkWarning, match="0 predict one number .* 1 diverged"):
        model.fit(X, y)
    assert len(model.estimators_) == 1
    diverge_first(monkeypatch, 4)
    with pytest.raises(NonFiniteLossError, match="loss became non-finite"):
        model.fit(X, y)


def test_a_single_network_that_diverges_is_an_error(tiny, monkeypatch):
    diverge_first(monkeypatch, 1)
    with pytest.raises(NonFiniteLossError):
        XpressoRegressor(**tiny).fit(*numbers())


@pytest.mark.parametrize(("name", "value"), [("n_estimators", 0), ("n_jobs", "two")])
def test_bad_parameters(name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter"):
        XpressoRegressor(**{name: value}).fit(*numbers())


@pytest.mark.slow
def test_an_ensemble_is_resumed_to_the_last_bit(X, y, tiny):
    whole = XpressoRegressor(**(tiny | {"epochs": 4}), n_estimators=2).fit(X, y)
    pieces = XpressoRegressor(**tiny, n_estimators=2, warm_start="resume").fit(X, y)
    pieces.set_params(epochs=4).fit(X, y)
    np.testing.assert_array_equal(pieces.predict_members(X), whole.predict_members(X))
    with pytest.raises(ValueError, match="same training, which had n_estimators=2, got .*3"):
        pieces.set_params(n_estimators=3).fit(X, y)
