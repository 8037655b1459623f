"""What the LSTM and the autoencoder do with the base that they share with XpressoRegressor.

The base itself is tested in test_regressor.py.
"""

import inspect
import pickle
import subprocess
import sys

import numpy as np
import pytest
from sklearn.base import clone, is_regressor

from skxpresso import DenoisingAutoencoderRegressor, LSTMRegressor, OneHotPromoterEncoder
from skxpresso.network._keras import autoencoder, lstm
from skxpresso.network.architecture import LSTMArchitecture
from tests.toys import BRIEF

pytestmark = pytest.mark.slow

SMALL = BRIEF | {"random_state": 0}
MODELS = {
    "lstm": LSTMRegressor(
        filters=(6,), pool_sizes=(5,), lstm_units=(4,), bidirectional=False, **SMALL
    ),
    "autoencoder": DenoisingAutoencoderRegressor(
        dense_units=(8, 6), dropout_rates=(0.1, 0.0), pretrain_epochs=1, **SMALL
    ),
}


@pytest.fixture(scope="module", params=MODELS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def model(name):
    return MODELS[name]


@pytest.fixture(scope="module")
def fitted(model, X, y):
    return clone(model).fit(X, y)


def test_is_a_regressor_of_tables(fitted, X):
    assert is_regressor(fitted)
    assert (fitted.n_features_in_, fitted.promoter_length_, fitted.n_halflife_) == (9, 30, 8)
    assert fitted.feature_names_in_.tolist() == X.columns.tolist()
    assert fitted.predict(X).dtype == np.float64


def test_one_seed_one_result_whatever_the_form_of_the_input(model, fitted, X, y):
    matrix = OneHotPromoterEncoder().fit_transform(X)
    again = clone(model).fit(matrix, y).predict(matrix)
    np.testing.assert_array_equal(again, fitted.predict(X))
    other = clone(model).set_params(random_state=1).fit(X, y)
    assert not np.array_equal(other.predict(X), fitted.predict(X))


def test_pickle_predicts_the_same_in_another_process(fitted, X, tmp_path):
    X.to_pickle(tmp_path / "X.pkl")
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(fitted))
    script = (
        "import pickle, numpy as np, pandas as pd\n"
        "model = pickle.load(open('model.pkl', 'rb'))\n"
        "np.save('out.npy', model.predict(pd.read_pickle('X.pkl')))\n"
    )
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=True, capture_output=True)
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), fitted.predict(X))


def test_plain_keras_network_gives_the_predictions(fitted, X):
    matrix = OneHotPromoterEncoder().fit_transform(X)
    plain = fitted.to_keras()
    assert all(type(layer).__module__.startswith("keras.") for layer in plain.layers)
    out = plain.predict(
        {"promoter": matrix.to_onehot().astype("f4"), "halflife": matrix.covariates}, verbose=0
    )
    np.testing.assert_allclose(out[:, 0], fitted.predict(X), rtol=1e-4, atol=1e-5)


def test_warm_start_goes_on_and_refuses_another_network(model, X, y):
    warm = clone(model).set_params(warm_start=True).fit(X, y)
    first = warm.history_["loss"], getattr(warm, "pretraining_losses_", None)
    warm.fit(X, y)
    assert warm.history_["loss"][-1] < first[0][-1]
    assert getattr(warm, "pretraining_losses_", None) == first[1]
    with pytest.raises(ValueError, match="warm_start=True continues with the fitted network"):
        warm.set_params(dense_units=(5,), dropout_rates=(0.0,)).fit(X, y)


def kill_first(monkeypatch, name, n):
    """Let the first `n` networks be built with a last hidden layer that is off."""
    module, builder = {
        "lstm": (lstm, "build_lstm"),
        "autoencoder": (autoencoder, "build_autoencoder_regressor"),
    }[name]
    build = getattr(module, builder)
    built = []

    def dead(*args, **kwargs):
        network = build(*args, **kwargs)
        if len(built) < n:
            last = [layer for layer in network.layers if layer.name.startswith("dense")][-1]
            kernel, bias = last.get_weights()
            last.set_weights([0 * kernel, bias - 10])
        built.append(network)
        return network

    monkeypatch.setattr(module, builder, dead)
    return built


def test_dead_network_is_restarted(name, model, X, y, monkeypatch):
    model = clone(model)
    if name == "autoencoder":
        model.set_params(pretrain_epochs=0)  # which would revive it
    built = kill_first(monkeypatch, name, 1)
    model.fit(X, y)
    assert (model.n_restarts_, len(built)) == (1, 2)


def test_parameters_that_nobody_would_read(name):
    cls = type(MODELS[name])
    with pytest.raises(TypeError, match=f"{cls.__name__} has no parameter 'epoch'; did you mean"):
        cls(epoch=3)
    assert "routed" not in str(inspect.signature(cls))
    assert clone(cls(optimizer__clipnorm=1.0)).get_params()["optimizer__clipnorm"] == 1.0


@pytest.mark.parametrize(
    ("cls", "parameters", "message"),
    [
        (LSTMRegressor, {"lstm_units": ()}, "lstm_units must name at least one LSTM"),
        (LSTMRegressor, {"lstm_units": (0,)}, "tuple of integers of 1 or more"),
        (LSTMRegressor, {"bidirectional": "both"}, "'bidirectional' parameter"),
        (LSTMRegressor, {"filters": (1, 2)}, r"filters=\(1, 2\) and kernel_sizes=\(11,\)"),
        (LSTMRegressor, {"pool_sizes": (31,)}, r"leave no position of a promoter of 30 nt"),
        (DenoisingAutoencoderRegressor, {"noise": 1.0}, "'noise' parameter"),
        (DenoisingAutoencoderRegressor, {"pretrain_epochs": -1}, "'pretrain_epochs' parameter"),
        (DenoisingAutoencoderRegressor, {"dense_units": (4,)}, r"dropout_rates=\(0.4, 0.4\)"),
        (
            DenoisingAutoencoderRegressor,
            {"dense_units": (), "dropout_rates": ()},
            "dense_units must name at least one layer",
        ),
    ],
)
def test_bad_parameters_never_train(cls, parameters, message, X, y):
    model = cls(**(SMALL | parameters))
    with pytest.raises(ValueError, match=message):
        model.fit(X, y)
    assert not hasattr(model, "model_")


def test_settings_of_a_network_are_compared_whole():
    one = LSTMArchitecture(bidirectional=False)
    assert one != LSTMArchitecture()
