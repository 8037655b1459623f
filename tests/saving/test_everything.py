"""All that the package makes is saved without pickle, with scikit-learn's parts in it."""

import io
import json
import zipfile

import numpy as np
import pytest
import skops.io
from hyperopt import hp
from safetensors import safe_open
from safetensors.numpy import load_file
from sklearn.base import clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LinearRegression, Ridge, RidgeCV
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skxpresso import (
    DenoisingAutoencoderRegressor,
    HalfLifeTransformer,
    HyperoptSearchCV,
    LSTMRegressor,
    baselines,
    load_pipeline,
    make_xpresso_pipeline,
    save_pipeline,
)
from skxpresso._utils.sealed import write_sealed
from skxpresso.network.architecture import Architecture, LSTMArchitecture
from skxpresso.network.restoring import weight_shapes
from skxpresso.saving import OWN_TYPES, TRUSTED_TYPES
from tests.toys import BRIEF, TINY

LSTM = {"filters": (4,), "lstm_units": (3, 2), "dense_units": (3,), "dropout_rates": (0.0,)}
FEW = {name: value for name, value in BRIEF.items() if name != "learning_rate"}
NETWORK = make_xpresso_pipeline(**TINY)
LOGS = {"func": np.log1p, "inverse_func": np.expm1}

MODELS = {
    "mean": baselines.mean_baseline(),
    "half-life": baselines.halflife_baseline(),
    "boosting": baselines.halflife_baseline(boosting=True).set_params(
        histgradientboostingregressor__max_iter=5
    ),
    "k-mers": baselines.kmer_baseline(2),
    "k-mers of both strands": baselines.kmer_baseline(2, reverse_complement=True, halflife=False),
    "composition": baselines.composition_baseline(10),
    "shuffled": baselines.shuffled_baseline(**TINY),
    "lstm": baselines.lstm_baseline(**LSTM, random_state=0, **FEW),
    "autoencoder": baselines.autoencoder_baseline(
        2, dense_units=(4,), dropout_rates=(0.0,), pretrain_epochs=1, random_state=0, **FEW
    ),
    "logarithms of y": TransformedTargetRegressor(NETWORK, **LOGS),
    "scaled y": TransformedTargetRegressor(
        baselines.kmer_baseline(2), transformer=StandardScaler()
    ),
    "stacking": StackingRegressor(
        [("network", NETWORK), ("k-mers", baselines.kmer_baseline(1))], RidgeCV(), cv=2
    ),
    "pipeline in a pipeline": make_pipeline(NETWORK[:2], make_pipeline(clone(NETWORK[-1]))),
}  # fmt: skip


#: Those that take seconds to fit.
LONG = {"lstm", "autoencoder", "stacking"}


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.slow if name in LONG else ()) for name in MODELS],
)
def fitted(request, promoters):
    return clone(MODELS[request.param]).fit(
        promoters.data, promoters.target - promoters.target.min()
    )


def test_the_same_again(fitted, promoters, tmp_path):
    save_pipeline(fitted, tmp_path / "model.safetensors")
    again = load_pipeline(tmp_path / "model.safetensors")
    assert type(again) is type(fitted)
    np.testing.assert_array_equal(again.predict(promoters.data), fitted.predict(promoters.data))


@pytest.mark.slow
def test_several_networks_and_outputs(promoters, tmp_path):
    y = np.stack([promoters.target, -promoters.target], axis=1)
    for model in (MODELS["lstm"], MODELS["autoencoder"]):
        fitted = clone(model)
        fitted = fitted.set_params(**{f"{fitted.steps[-1][0]}__n_estimators": 2})
        fitted.fit(promoters.data, y)
        save_pipeline(fitted, tmp_path / "a")
        again = load_pipeline(tmp_path / "a")
        expected = fitted.predict(promoters.data)
        assert expected.shape == (80, 2)
        np.testing.assert_array_equal(again.predict(promoters.data), expected)


def test_the_best_estimator_of_a_search(promoters, tmp_path):
    search = HyperoptSearchCV(
        baselines.kmer_baseline(1), {"kmercountencoder__k": hp.choice("k", [1, 2])}, n_iter=2, cv=2
    ).fit(promoters.data, promoters.target)
    with pytest.raises(TypeError, match="HyperoptSearchCV is not saved; save its best_estimator_"):
        save_pipeline(search, tmp_path / "a")
    save_pipeline(search.best_estimator_, tmp_path / "a")
    found = load_pipeline(tmp_path / "a").predict(promoters.data)
    np.testing.assert_array_equal(found, search.predict(promoters.data))


def test_frozen_and_bare(promoters, tmp_path):
    X, y = promoters.data.iloc[:, 1:], promoters.target
    for model in (FrozenEstimator(LinearRegression().fit(X, y)), Ridge().fit(X, y)):
        save_pipeline(model, tmp_path / "a")
        np.testing.assert_array_equal(load_pipeline(tmp_path / "a").predict(X), model.predict(X))


def test_what_a_fit_leaves_comes_back(promoters, tmp_path):
    fitted = clone(MODELS["autoencoder"]).fit(promoters.data, promoters.target)[-1]
    save_pipeline(fitted, tmp_path / "a")
    again = load_pipeline(tmp_path / "a")
    for name in ("history_", "best_epoch_", "y_mean_", "y_scale_", "n_features_in_"):
        assert getattr(again, name) == getattr(fitted, name)
    assert again.pretraining_losses_ == tuple(map(tuple, fitted.pretraining_losses_))


@pytest.mark.parametrize("n_halflife", [0, 3])
@pytest.mark.parametrize("length", [0, 40])
@pytest.mark.parametrize("both", [False, True])
def test_shapes_are_those_of_keras(length, n_halflife, both):
    if length + n_halflife == 0:
        return
    from skxpresso.network._keras.autoencoder import build_autoencoder_regressor
    from skxpresso.network._keras.lstm import build_lstm

    settings = LSTMArchitecture((4, 5), (3, 3), (1, 1), (2, 2), (6,), (0.0,), bidirectional=both)
    dense = Architecture((), (), (), (), (6, 2), (0.0, 0.1))
    for kind, layers, build in (
        (LSTMRegressor, settings, build_lstm),
        (DenoisingAutoencoderRegressor, dense, build_autoencoder_regressor),
    ):
        found = list(weight_shapes(kind, layers, length, n_halflife).values())
        assert found == [w.shape for w in build(length, n_halflife, layers).get_weights()]


def test_skops_itself_restores_it(fitted, promoters):
    data = skops.io.dumps(fitted)
    assert set(skops.io.get_untrusted_types(data=data)) <= {*OWN_TYPES, *TRUSTED_TYPES}
    again = skops.io.loads(data, trusted=[*OWN_TYPES, *TRUSTED_TYPES])
    np.testing.assert_array_equal(again.predict(promoters.data), fitted.predict(promoters.data))


# what is not saved, and not read


def test_what_is_not_trusted_is_named(promoters, tmp_path):
    X, y = promoters.data.iloc[:, 1:], promoters.target

    class Mine(Ridge):
        pass

    for model, name in (
        (KNeighborsRegressor(), "KNeighborsRegressor"),
        (RandomForestRegressor(2), "RandomForestRegressor"),
        (Mine(), "Mine"),
        (
            TransformedTargetRegressor(Ridge(), func=abs, inverse_func=abs, check_inverse=False),
            "abs",
        ),
    ):
        with pytest.raises(TypeError, match=f"{name}.* cannot be saved"):
            save_pipeline(model.fit(X, np.abs(y)), tmp_path / "a")
    assert not (tmp_path / "a").exists()


def test_the_list_is_explicit():
    assert len(set(TRUSTED_TYPES)) == len(TRUSTED_TYPES)
    assert "sklearn.linear_model._ridge.Ridge" in TRUSTED_TYPES
    harmful = ("os", "posix", "subprocess", "operator", "functools", "builtins.eval", "joblib")
    assert not [name for name in TRUSTED_TYPES if name.startswith(harmful)]


@pytest.fixture(scope="module")
def boosting(promoters, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model.safetensors"
    model = HistGradientBoostingRegressor(max_iter=2).fit(
        promoters.data.iloc[:, 1:], promoters.target
    )
    save_pipeline(model, path)
    return path


def rewrite(saved, path, change_files=None, *, compression=zipfile.ZIP_STORED, change=None):
    """Write the file again, whole, with what skops wrote changed."""
    with safe_open(saved, framework="np") as file:
        content = json.loads(file.metadata()["skxpresso"])
    del content["digest"], content["digests"]
    arrays = load_file(saved)
    (name,) = [name for name in arrays if name.endswith(".skops")]
    with zipfile.ZipFile(io.BytesIO(arrays[name].tobytes())) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    if change_files:
        change_files(files)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", compression) as archive:
        for inner, data in files.items():
            archive.writestr(inner, data)
    arrays[name] = np.frombuffer(packed.getvalue(), np.uint8)
    if change:
        change(content, arrays)
    write_sealed(path, "skxpresso", content, arrays)
    return path


def replaced(old, new):
    def change(files):
        assert old in files["schema.json"]
        files["schema.json"] = files["schema.json"].replace(old, new)

    return change


def another_tree(**changes):
    def change(files):
        for name in list(files):
            if not name.endswith(".npy"):
                continue
            array = np.load(io.BytesIO(files[name]))
            if array.dtype.names and "feature_idx" in array.dtype.names:
                for field, value in changes.items():
                    array[field][0] = value
                out = io.BytesIO()
                np.save(out, array)
                files[name] = out.getvalue()

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (replaced(b'"HistGradientBoostingRegressor"', b'"system"'), "gradient_boosting.system"),
        (replaced(b'"ObjectNode"', b'"MethodNode"'), "are not trusted"),
        (replaced(b'"ObjectNode"', b'"OperatorFuncNode"'), "are not trusted"),
        (lambda files: files.pop("schema.json"), "schema.json"),
        (lambda files: files.update({"schema.json": b"[" * 10**5}), ""),
        (lambda files: files.pop(next(iter(files))), ""),
        (another_tree(left=10**6), "a tree is damaged"),
        (another_tree(left=0), "a tree is damaged"),
        (another_tree(feature_idx=99), "a tree is damaged"),
        (another_tree(is_categorical=1), "trees that split categories"),
    ],
)
def test_harmful_parts_are_refused(change, message, boosting, tmp_path):
    path = rewrite(boosting, tmp_path / "bad", change)
    with pytest.raises(ValueError, match=f"bad: estimator: the estimator of .*{message}"):
        load_pipeline(path)


def test_a_bomb_is_not_unpacked(boosting, tmp_path):
    path = rewrite(boosting, tmp_path / "bad", compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(ValueError, match="a part of it is compressed"):
        load_pipeline(path)


def test_parts_must_be_those_of_the_shell(promoters, tmp_path):
    model = TransformedTargetRegressor(HalfLifeNetwork(), **LOGS).fit(
        promoters.data, promoters.target - promoters.target.min()
    )
    save_pipeline(model, tmp_path / "a")

    def drop(content, arrays):
        content["estimator"]["parts"].pop(0)

    rewrite(tmp_path / "a", tmp_path / "bad", change=drop)
    with pytest.raises(ValueError, match=r"bad: .*(parts are not those|missing)"):
        load_pipeline(tmp_path / "bad")


def HalfLifeNetwork():
    return make_pipeline(HalfLifeTransformer(), clone(NETWORK[1]), Ridge())


def test_windows_of_composition_are_compared(promoters, tmp_path):
    save_pipeline(baselines.composition_baseline(10).fit(promoters.data, promoters.target)[2],
                  tmp_path / "a")  # fmt: skip
    with safe_open(tmp_path / "a", framework="np") as file:
        content = json.loads(file.metadata()["skxpresso"])
    del content["digest"], content["digests"]
    content["estimator"]["params"]["window_size"] = 1
    write_sealed(tmp_path / "bad", "skxpresso", content, load_file(tmp_path / "a"))
    with pytest.raises(ValueError, match="windows_' must be int64 of shape"):
        load_pipeline(tmp_path / "bad")


def test_no_private_file_of_ours_must_be_trusted():
    assert not [name for name in OWN_TYPES if "._" in name]
