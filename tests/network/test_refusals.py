"""XpressoRegressor: what it refuses, in words that name the parameter, the row or the gene."""

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError

from skxpresso.exceptions import NetworkShapeError, NonFiniteLossError
from skxpresso.network._keras.backend import sees_gpu
from skxpresso.network.xpresso import XpressoRegressor
from skxpresso.sequence.encoder import OneHotPromoterEncoder
from tests.toys import numbers

# ---- what it refuses --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("epochs", 0, "'epochs' parameter .* must be an int in the range"),
        ("batch_size", 0, "'batch_size' parameter"),
        ("validation_fraction", 1.5, "'validation_fraction' parameter"),
        ("patience", 0, "'patience' parameter"),
        ("learning_rate", 0, "'learning_rate' parameter"),
        ("learning_rate", "fast", "'learning_rate' parameter .* Got 'fast' instead"),
        ("momentum", 1.0, "'momentum' parameter"),
        ("n_init", 0, "'n_init' parameter"),
        ("max_restarts", -1, "'max_restarts' parameter"),
        ("optimizer", "lbfgs", "'optimizer' parameter .* must be a str among"),
        ("schedule", "linear", "'schedule' parameter .* must be a str among"),
        ("augment", "mirror", "'augment' parameter .* must be a str among"),
        ("augment", "reverse_complement", "augment='reverse_complement' needs promoters"),
        ("activation", "step", "'activation' parameter"),
        ("device", "tpu", "'device' parameter"),
        ("random_state", "lucky", "'random_state' parameter"),
        ("standardize_y", "yes", "'standardize_y' parameter"),
        ("promoter_length", -1, "'promoter_length' parameter"),
        ("callbacks", "none", "'callbacks' parameter"),
        ("filters", 5, "'filters' parameter"),
        ("filters", (2, 2), r"filters=\(2, 2\) and kernel_sizes=\(5,\) must have the same length"),
        ("filters", (2.5,), r"filters must be a tuple of integers of 1 or more, got \(2.5,\)"),
        ("dropout_rates", (1.0,), r"dropout_rates must be a tuple of numbers in \[0, 1\)"),
    ],
)
def test_bad_parameters_never_train(parameter, value, message, tiny):
    model = XpressoRegressor(**(tiny | {parameter: value}))
    with pytest.raises(ValueError, match=message):
        model.fit(*numbers())
    assert not hasattr(model, "model_")


def bad_rows():
    X, y = numbers()
    gap, far = X.copy(), X.copy()
    gap[3, 1], far[3, 1] = np.nan, np.inf
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    y_nan, y_inf = y.copy(), y.copy()
    y_nan[5], y_inf[5] = np.nan, -np.inf
    return [
        (np.empty((0, 3)), np.empty(0), "0 sample"),
        (pd.DataFrame({"promoter": []}), np.empty(0), "X is empty"),
        (sparse.csr_matrix(X), y, "[Ss]parse data was passed"),
        (gap, y, "Input X contains NaN"),
        (far, y, "Input X contains infinity"),
        (X * 1e200, y, r"too large for dtype\('float32'\)"),
        (frame.assign(b="many"), y, "column 'b' must hold numbers, got 'many' in row 0"),
        (X, y[:-1], r"inconsistent numbers of samples: \[40, 39\]"),
        (X, y_nan, "Input y contains NaN: nan in row 5"),
        (X, y_inf, "Input y contains infinity.*-inf in row 5"),
        (X, np.where(y > 0, 1e300, y), r"too large for dtype\('float32'\): 1e\+300 in row"),
        (X, None, "requires y to be passed"),
        (X, ["high"] * 40, "y must hold numbers"),
        (X, np.full(40, 3.0), r"y is constant, 3.0 in all 36 training rows"),
        (X[:1], y[:1], "training needs at least 2 rows, got n_samples=1"),
        (X[:2], y[:2], "leaves 1 for training, but at least 2 are needed"),
        (None, y, "X must be given, got None"),
        ("ACGT", y, "one bare str"),
        (["ACGT", None], [0.0, 1.0], "row 1: the sequence is missing"),
        (["ACGT", "AXGT"], [0.0, 1.0], "row 1: unexpected character 'X' at position 1"),
        (["ACGT", ""], [0.0, 1.0], "row 1: the sequence is empty"),
        (["ACGT", "ACG"], [0.0, 1.0], "row 1: the sequence has 3 nt, but the others"),
        (np.ones((5, 6, 4)), np.arange(5.0), "row 0, position 0: expected a one-hot base"),
        (np.ones((5, 6, 3)), np.arange(5.0), r"shape \(n, promoter_length, 4\), got \(5, 6, 3\)"),
    ]


@pytest.mark.parametrize(("X", "y", "message"), bad_rows())
def test_bad_rows(X, y, message, tiny):
    model = XpressoRegressor(**tiny)
    with pytest.raises((ValueError, TypeError), match=message):
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_bad_weights(tiny):
    X, y = numbers()
    with pytest.raises(ValueError, match="sample_weight must be 0 or more, got -1.0 in row 2"):
        XpressoRegressor(**tiny).fit(X, y, sample_weight=[1, 1, -1] + [1] * 37)
    with pytest.raises(ValueError, match="at least one non-zero number"):
        XpressoRegressor(**tiny).fit(X, y, sample_weight=np.zeros(40))


def test_missing_half_life_names_column_and_gene(X, y, tiny):
    holes = X.copy()
    holes.loc["gene7", "CDSLEN"] = np.nan
    with pytest.raises(ValueError, match="column 'CDSLEN' .* got nan in row 'gene7'"):
        XpressoRegressor(**tiny).fit(holes, y)


def test_patience_without_validation_rows(tiny):
    model = XpressoRegressor(**(tiny | {"validation_fraction": 0, "patience": 3}))
    with pytest.raises(ValueError, match="patience=3 needs validation rows"):
        model.fit(*numbers())


def test_validation_rows_without_targets(X, y, tiny):
    with pytest.raises(ValueError, match="X_val and y_val must be given together"):
        XpressoRegressor(**tiny).fit(X, y, X_val=X)
    with pytest.raises(ValueError, match="Input y_val contains NaN: nan in row 'gene0'"):
        XpressoRegressor(**tiny).fit(X, y, X_val=X, y_val=y * np.nan)


def test_promoters_of_another_window_at_predict(X, y, tiny):
    matrix = OneHotPromoterEncoder().fit_transform(X)
    model = XpressoRegressor(**tiny).fit(matrix, y)
    with pytest.raises(ValueError, match="promoters of 24 nt, but .* fitted with promoters of 30"):
        model.predict(matrix.window(3, 27))
    with pytest.raises(ValueError, match="X has 3 features, but XpressoRegressor is expecting 128"):
        model.predict(np.zeros((2, 3)))


def test_poolings_that_leave_nothing(X, y):
    with pytest.raises(NetworkShapeError, match=r"30 // pool_sizes\[0\]=30 = 1, 1 // pool_sizes"):
        XpressoRegressor().fit(X, y)


def test_sequences_for_a_model_of_numbers(tiny):
    model = XpressoRegressor(**tiny).fit(*numbers())
    with pytest.raises(ValueError, match="fitted on encoded promoters or numbers, but X is a list"):
        model.predict(["ACGT"])


def test_promoter_of_unknown_bases_warns(X, y, tiny):
    blind = X.copy()
    blind.loc["gene3", "promoter"] = "N" * 30
    with pytest.warns(UserWarning, match="no known base.*'gene3'"):
        XpressoRegressor(**tiny).fit(blind, y)


def test_gpu_that_is_not_there(X, y, tiny):
    if sees_gpu():
        pytest.skip("this machine has a GPU")
    with pytest.raises(RuntimeError, match=r"sees no GPU.*pip install '.\[gpu\]'"):
        XpressoRegressor(**tiny, device="gpu").fit(X, y)


def test_cpu_on_request(X, y, tiny, fitted):
    model = XpressoRegressor(**tiny, device="cpu").fit(X, y)
    np.testing.assert_allclose(model.predict(X), fitted.predict(X), rtol=1e-5)


def test_failed_fit_leaves_nothing_that_predicts(tiny):
    X, y = numbers()
    model = XpressoRegressor(**tiny).fit(X, y)
    model.set_params(learning_rate=1e18, optimizer="sgd", epochs=30)
    with (
        warnings.catch_warnings(),
        pytest.raises(NonFiniteLossError, match="loss became non-finite .* at epoch"),
    ):
        warnings.simplefilter("ignore", RuntimeWarning)
        model.fit(X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)
