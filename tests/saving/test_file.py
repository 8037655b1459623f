"""save_pipeline and load_pipeline: the same pipeline again, and nothing but that."""

import json
import pickle

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.tree import ExtraTreeRegressor

from skxpresso import (
    HalfLifeTransformer,
    OneHotPromoterEncoder,
    XpressoRegressor,
    load_pipeline,
    make_xpresso_pipeline,
    save_pipeline,
)
from skxpresso._utils.sealed import write_sealed
from skxpresso.exceptions import SavedVersionWarning


@pytest.fixture(scope="module")
def fitted(promoters, tiny):
    return make_xpresso_pipeline(12, 9, **tiny).fit(promoters.data, promoters.target)


@pytest.fixture(scope="module")
def saved(fitted, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "model.safetensors"
    save_pipeline(fitted, path)
    return path


def fitted_attributes(estimator):
    return {k: v for k, v in vars(estimator).items() if k.endswith("_") and not k.startswith("_")}


def assert_same(a, b):
    assert type(a) is type(b)
    assert a.get_params(deep=False) == b.get_params(deep=False)
    left, right = fitted_attributes(a), fitted_attributes(b)
    assert left.keys() == right.keys()
    for name, value in left.items():
        if name == "encoder_":
            assert_same(value, right[name])
        else:
            np.testing.assert_array_equal(value, right[name], err_msg=name)
            assert type(value) is type(right[name]), name


# round trips


def test_pipeline(fitted, saved, promoters):
    again = load_pipeline(saved)
    assert [name for name, _ in again.steps] == [name for name, _ in fitted.steps]
    for old, new in zip(fitted, again, strict=True):
        assert_same(old, new)
    np.testing.assert_array_equal(again.predict(promoters.data), fitted.predict(promoters.data))
    np.testing.assert_array_equal(
        again[-1].model_.get_weights()[0], fitted[-1].model_.get_weights()[0]
    )


def test_clone_and_second_generation(fitted, saved, promoters, tmp_path):
    again = load_pipeline(saved)
    assert_same(clone(again)[-1], clone(fitted)[-1])
    save_pipeline(again, tmp_path / "second.safetensors")
    assert (tmp_path / "second.safetensors").read_bytes() == saved.read_bytes()
    pickled = pickle.loads(pickle.dumps(again))
    np.testing.assert_array_equal(pickled.predict(promoters.data), again.predict(promoters.data))


def test_warm_start_goes_on(fitted, saved, promoters, tmp_path):
    X, y = promoters.data, promoters.target
    one = load_pipeline(saved).set_params(xpresso__warm_start=True).fit(X, y)
    other = pickle.loads(pickle.dumps(fitted)).set_params(xpresso__warm_start=True).fit(X, y)
    np.testing.assert_array_equal(one.predict(X), other.predict(X))
    assert (one.predict(X) != fitted.predict(X)).any()


def variants(promoters, tiny):
    frame, sequences, y = promoters.data, promoters.data["promoter"].tolist(), promoters.target
    encoded = OneHotPromoterEncoder().fit_transform(frame)
    without = make_xpresso_pipeline(**tiny).set_params(halflife="passthrough")
    pandas = make_xpresso_pipeline(**tiny).set_output(transform="pandas")
    deep = {
        "filters": (3, 2),
        "kernel_sizes": (3, 2),
        "dilation_rates": (1, 2),
        "pool_sizes": (3, 2),
        "engine": "fused",
    }
    return {
        "sequences": (make_xpresso_pipeline(**tiny), sequences, y),
        "encoded": (make_xpresso_pipeline(**tiny), encoded, y),
        "without half-life": (without, frame[["promoter"]], y),
        "pandas between steps": (pandas, frame, y),
        "bare regressor": (XpressoRegressor(**tiny), encoded, y),
        "bare regressor of a table": (XpressoRegressor(**tiny), frame, y),
        "half-life alone": (
            XpressoRegressor(**tiny, promoter_length=0),
            frame.iloc[:, 1:].to_numpy(),
            y,
        ),
        "two convolutions": (make_xpresso_pipeline(**tiny | deep), frame, y),
        "routed": (make_xpresso_pipeline(**tiny, optimizer__clipnorm=1.0), frame, y),
        "arrays as parameters": (
            make_xpresso_pipeline(**tiny).set_params(
                halflife__columns=frame.columns[1:], xpresso__learning_rate=np.float64(0.01)
            ),
            frame,
            y,
        ),
        "transformer": (HalfLifeTransformer(), frame, None),
        "encoder": (OneHotPromoterEncoder(strand="-"), frame, None),
    }


@pytest.mark.parametrize(
    "name",
    [
        "sequences",
        "encoded",
        "without half-life",
        "pandas between steps",
        "bare regressor",
        "bare regressor of a table",
        "half-life alone",
        "two convolutions",
        "routed",
        "arrays as parameters",
        "transformer",
        "encoder",
    ],
)
def test_variants(name, promoters, tiny, tmp_path):
    estimator, X, y = variants(promoters, tiny)[name]
    estimator.fit(X, y)
    save_pipeline(estimator, tmp_path / "model")
    again = load_pipeline(tmp_path / "model")
    if y is None:
        assert_same(estimator, again)
        expected, found = estimator.transform(X), again.transform(X)
    else:
        expected, found = estimator.predict(X), again.predict(X)
    np.testing.assert_array_equal(np.asarray(found), np.asarray(expected))


@pytest.fixture(scope="module")
def ensemble(promoters, tiny):
    pipeline = make_xpresso_pipeline(12, 9, **tiny, n_estimators=3)
    return pipeline.fit(promoters.data, promoters.target)


@pytest.mark.slow
def test_ensemble(ensemble, promoters, tmp_path):
    save_pipeline(ensemble, tmp_path / "three")
    again = load_pipeline(tmp_path / "three")
    assert_same(again[-1], ensemble[-1])
    for old, new in zip(ensemble[-1].estimators_, again[-1].estimators_, strict=True):
        assert_same(new, old)
    for old, new in zip(
        ensemble.predict(promoters.data, return_std=True),
        again.predict(promoters.data, return_std=True),
        strict=True,
    ):
        np.testing.assert_array_equal(new, old)
    again[-1].set_params(warm_start=True).fit(
        ensemble[:-1].transform(promoters.data), promoters.target
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda state: state.update(members=[]), "two or more networks, got 0"),
        (lambda state: state["members"].pop(), r"unknown content: array\(s\) 'xpresso.network3"),
        (lambda state: state["members"].append({}), "network4: fitted attributes: .* missing"),
        (lambda state: state["members"][1].update(hook=1), "network2: .*unknown content 'hook'"),
        (lambda state: state["members"][1].update(n_restarts_=-1), "network2.n_restarts_ must be"),
        (lambda state: state.update(members=3), "'members' is missing or no list"),
    ],
)
def test_changed_ensemble_is_refused(change, message, ensemble, tmp_path):
    save_pipeline(ensemble, tmp_path / "three")
    path = rewrite(tmp_path / "three", tmp_path / "bad", lambda content: change(step(content, 2)))
    with pytest.raises(ValueError, match=f"bad: .*{message}"):
        load_pipeline(path)


def test_versions_are_recorded(saved):
    import keras
    import sklearn

    import skxpresso

    with safe_open(saved, framework="np") as file:
        content = json.loads(file.metadata()["skxpresso"])
    assert content["versions"] == {
        "skxpresso": skxpresso.__version__,
        "keras": keras.__version__,
        "scikit-learn": sklearn.__version__,
    }
    assert content["format_version"] == 2


def test_file_is_small_and_whole(fitted, saved, tmp_path):
    assert saved.stat().st_size < 20_000
    with pytest.raises(TypeError):
        save_pipeline(fitted.__class__([*fitted.steps[:-1], ("x", len)]), tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


# what cannot be saved


def test_other_estimators_are_named(promoters, tmp_path):
    table = promoters.data
    trees = make_pipeline(HalfLifeTransformer(), OneHotPromoterEncoder(), ExtraTreeRegressor())
    trees.fit(table, promoters.target)
    with pytest.raises(
        TypeError, match="extratreeregressor: a ExtraTreeRegressor .*cannot be saved"
    ):
        save_pipeline(trees, tmp_path / "a")

    class Mine(HalfLifeTransformer):
        pass

    with pytest.raises(TypeError, match="a Mine .*cannot be saved"):
        save_pipeline(Mine().fit(table), tmp_path / "a")
    with pytest.raises(TypeError, match="a str cannot be saved"):
        save_pipeline("model", tmp_path / "a")


def test_unfitted(tmp_path):
    for estimator in (make_xpresso_pipeline(), XpressoRegressor(), HalfLifeTransformer()):
        with pytest.raises(NotFittedError):
            save_pipeline(estimator, tmp_path / "a")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("xpresso__random_state", np.random.RandomState(0)),
        ("xpresso__callbacks", [object()]),
        ("xpresso__optimizer__weight_decay", {"a": 1}),
    ],
)
def test_parameters_that_are_objects(name, value, saved, tmp_path):
    pipeline = load_pipeline(saved).set_params(**{name: value})
    with pytest.raises(TypeError, match=rf"{name}=.* cannot be saved: parameters must be numbers"):
        save_pipeline(pipeline, tmp_path / "a")


def test_memory_is_not_kept(fitted, tmp_path):
    pipeline = pickle.loads(pickle.dumps(fitted)).set_params(memory=str(tmp_path / "cache"))
    save_pipeline(pipeline, tmp_path / "a")
    assert load_pipeline(tmp_path / "a").memory is None


# files that are broken, or made to harm


def rewrite(saved, path, change=None, tensors=None, metadata=None):
    """Write the saved file again, with its JSON or its arrays changed and new digests."""
    with safe_open(saved, framework="np") as file:
        content = json.loads(file.metadata()["skxpresso"])
    del content["digest"], content["digests"]
    if change is not None:
        change(content)
    arrays = load_file(saved)
    for name, array in (tensors or {}).items():
        arrays[name] = array
    arrays = {name: array for name, array in arrays.items() if array is not None}
    write_sealed(path, "skxpresso", content, arrays)
    if metadata:
        with safe_open(path, framework="np") as file:
            metadata |= file.metadata()
        save_file(arrays, path, metadata)
    return path


def step(content, index):
    return content["estimator"]["steps"][index][1]


def set_in(*path, value):
    def change(content):
        for key in path[:-1]:
            content = content[key]
        content[path[-1]] = value

    return change


STEP = ("estimator", "steps", 2, 1)
CHANGES = {
    "later format": (set_in("format_version", value=3), "format version 3, written by versions"),
    "format of 0.1 with digests": (set_in("format_version", value=1), "format version 1, written"),
    "no format": (lambda c: c.pop("format_version"), "no format version"),
    "unknown part": (set_in("on_load", value="import os"), "unknown content 'on_load'"),
    "no estimator": (lambda c: c.pop("estimator"), "no estimator in it"),
    "estimator is text": (set_in("estimator", value="os.system"), "'class' is missing or no str"),
    "foreign class": (
        set_in(*STEP, "class", value="os.system"),
        "class 'os.system' must be one of",
    ),
    "class of sklearn": (set_in(*STEP, "class", value="Ridge"), "class 'Ridge' must be one of"),
    "pipeline in pipeline": (
        set_in("estimator", "steps", 0, 1, value={"class": "Pipeline", "steps": []}),
        "halflife: class 'Pipeline' must be one of",
    ),
    "unknown parameter": (set_in(*STEP, "params", "hook", value=1), "no parameter 'hook'"),
    "parameter of another step": (
        set_in("estimator", "steps", 0, 1, "params", "tss", value=1),
        "halflife: .*unexpected keyword argument 'tss'",
    ),
    "bad parameter": (set_in(*STEP, "params", "batch_size", value=-1), "xpresso: .*batch_size"),
    "bad device": (set_in(*STEP, "params", "device", value="/job:x"), "xpresso: .*device"),
    "object as parameter": (
        set_in(*STEP, "params", "optimizer__x", value={"class_name": "Lambda", "config": {}}),
        "xpresso__optimizer__x: 'tuple' missing",
    ),
    "parameters are a list": (set_in(*STEP, "params", value=[]), "params must be parameters"),
    "no fitted attribute": (
        lambda c: step(c, 2)["fitted"].pop("y_mean_"),
        "xpresso: fitted attributes: 'y_mean_' missing",
    ),
    "unknown attribute": (
        set_in(*STEP, "fitted", "__class__", value="x"),
        "fitted attributes: unknown content '__class__'",
    ),
    "scale of y": (set_in(*STEP, "fitted", "y_scale_", value=0), "y_scale_ must be a finite"),
    "mean of y": (set_in(*STEP, "fitted", "y_mean_", value=float("nan")), "y_mean_ must be a fin"),
    "width": (set_in(*STEP, "fitted", "promoter_length_", value=-3), "promoter_length_ must be an"),
    "width is true": (set_in(*STEP, "fitted", "n_halflife_", value=True), "n_halflife_ must be an"),
    "another width": (
        set_in(*STEP, "fitted", "promoter_length_", value=10**15),
        r"ask for .* weights, most of them in dense1.kernel, of shape \(1000000000000004, 6\)",
    ),
    "enormous network": (
        set_in(*STEP, "network", "settings", "filters", value={"tuple": [10**12]}),
        r"ask for .* weights, most of them in conv1.kernel, of shape \(5, 4, 1000000000000\)",
    ),
    "network without layers of a kind": (
        lambda c: step(c, 2)["network"]["settings"].pop("filters"),
        "network settings: 'filters' missing",
    ),
    "impossible pooling": (
        set_in(*STEP, "network", "settings", "pool_sizes", value={"tuple": [999]}),
        "leave no position of a promoter of 21 nt",
    ),
    "fused network that is not ReLU": (
        set_in(*STEP, "network", "settings", "activation", value="elu"),
        "engine_ cannot be 'fused': activation is 'elu'",
    ),
    "engine": (set_in(*STEP, "fitted", "engine_", value="eval"), "engine_ must be 'fused' or"),
    "precision": (set_in(*STEP, "network", "precision", value="float8"), "precision must be one"),
    "names": (
        set_in("estimator", "steps", 1, 1, "fitted", "covariate_names_", value=[{}]),
        "encoder.covariate_names_ must be a list of names",
    ),
    "tss": (set_in("estimator", "steps", 1, 1, "fitted", "tss_", value=99), "tss_=99 lies beyond"),
    "columns that are not there": (
        set_in("estimator", "steps", 0, 1, "fitted", "columns_", value=["CDSL%N"]),
        "columns_ names 'CDSL%N', not in feature_names_in_",
    ),
    "integer for no machine": (
        set_in("estimator", "steps", 1, 1, "params", "tss", value=10**20),
        "encoder__tss: the integer 1000.* is too large",
    ),
    "length for no machine": (
        set_in(*STEP, "fitted", "n_features_in_", value=10**20),
        "n_features_in_ must be an integer",
    ),
    "columns and scale": (
        set_in("estimator", "steps", 0, 1, "fitted", "columns_", value=["CDSLEN"]),
        r"'halflife.mean_' must be float64 of shape \(1,\), got F64 of shape \(8,\)",
    ),
    "two steps of one name": (
        set_in("estimator", "steps", 1, 0, value="halflife"),
        "missing|unique names",
    ),
    "steps are text": (set_in("estimator", "steps", value=["a", "b"]), "a name and an estimator"),
    "no step": (
        set_in("estimator", "steps", value=[]),
        "the steps of the pipeline must have unique names",
    ),
    "transform_input": (set_in("estimator", "transform_input", value=1), "transform_input must be"),
    "history": (set_in(*STEP, "fitted", "history_", value={"loss": "x"}), "history_ must be lists"),
    "encoder that is none": (
        lambda c: step(c, 2).update(encoder={"class": "XpressoRegressor"}),
        "encoder_: 'fitted', 'network', 'params' missing",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_changed_json_is_refused(name, saved, tmp_path):
    change, message = CHANGES[name]
    path = rewrite(saved, tmp_path / "bad", change)
    with pytest.raises(ValueError, match=f"bad: .*{message}"):
        load_pipeline(path)


def test_the_file_rewritten_as_it_is_loads(fitted, saved, promoters, tmp_path):
    again = load_pipeline(rewrite(saved, tmp_path / "same"))
    np.testing.assert_array_equal(again.predict(promoters.data), fitted.predict(promoters.data))


def test_file_of_an_older_version_without_a_newer_parameter_loads(saved, tmp_path):
    path = rewrite(saved, tmp_path / "old", lambda c: step(c, 2)["params"].pop("max_restarts"))
    assert load_pipeline(path)[-1].max_restarts == XpressoRegressor().max_restarts


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        ({"xpresso.conv1.kernel": None}, "the array 'xpresso.conv1.kernel' is missing"),
        ({"xpresso.hook": np.zeros(1, np.float32)}, r"unknown content: array\(s\) 'xpresso.hook'"),
        ({"xpresso.conv1.bias": np.zeros(7, np.float32)}, r"shape \(6,\), got F32 of shape \(7,\)"),
        ({"xpresso.conv1.bias": np.zeros(6)}, r"must be float32 of shape \(6,\), got F64"),
        ({"xpresso.conv1.bias": np.zeros(6, np.int32)}, "must be float32 .*, got I32"),
        ({"xpresso.conv1.bias": np.full(6, np.nan, np.float32)}, "bias' holds numbers .* not fin"),
        ({"halflife.mean_": np.full(8, np.inf)}, "mean_' holds numbers that are not finite"),
        ({"halflife.scale_": np.zeros(8)}, "halflife.scale_ must hold numbers above 0"),
    ],
)
def test_changed_arrays_are_refused(tensors, message, saved, tmp_path):
    path = rewrite(saved, tmp_path / "bad", tensors=tensors)
    with pytest.raises(ValueError, match=f"bad: .*{message}"):
        load_pipeline(path)


def test_unknown_metadata_is_refused(saved, tmp_path):
    path = rewrite(saved, tmp_path / "bad", metadata={"more": "x"})
    with pytest.raises(ValueError, match="unknown content 'more'"):
        load_pipeline(path)


class Evil:
    def __reduce__(self):
        return (exec, ("raise AssertionError('code was run')",))


def claims_a_large_header(data):
    return (2**62).to_bytes(8, "little") + data[8:]


def claims_larger_arrays(data):
    n = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + n])
    entry = header["xpresso.conv1.kernel"]
    entry["shape"][0] = 2**40
    entry["data_offsets"][1] = entry["data_offsets"][0] + 4 * int(np.prod(entry["shape"]))
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + n :]


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: b"",
        lambda data: data[:5],
        lambda data: data[:200],
        lambda data: data[:-1],
        lambda data: data + b"more",
        lambda data: data[:8] + b"\xff" * 40 + data[48:],
        lambda data: b"\x89HDF\r\n\x1a\n" + data,
        lambda data: pickle.dumps(Evil()),
        claims_a_large_header,
        claims_larger_arrays,
    ],
)
def test_damaged_files(damage, saved, tmp_path):
    path = tmp_path / "bad"
    path.write_bytes(damage(saved.read_bytes()))
    with pytest.raises(ValueError, match="bad: not a file of save_pipeline, or damaged"):
        load_pipeline(path)


def test_a_long_header_is_not_parsed(tmp_path):
    path = tmp_path / "bad"
    size = 2**24 + 8
    with path.open("wb") as file:  # sparse: takes no room
        file.write(size.to_bytes(8, "little"))
        file.truncate(size + 8)
    with pytest.raises(ValueError, match="a header of 16777224 bytes, over 16777216"):
        load_pipeline(path)


@pytest.mark.parametrize("text", ["[" * 10**5, "{", "1" * 10**4, "[]", '"x"', "null"])
def test_json_that_is_none_of_ours(text, saved, tmp_path):
    save_file(load_file(saved), tmp_path / "bad", {"skxpresso": text})
    with pytest.raises(ValueError, match="bad: "):
        load_pipeline(tmp_path / "bad")


def test_safetensors_of_something_else(tmp_path):
    for metadata in (None, {"format": "pt"}):
        save_file({"weight": np.zeros(3, np.float32)}, tmp_path / "bad", metadata)
        with pytest.raises(ValueError, match="bad: not a file of save_pipeline: safetensors of"):
            load_pipeline(tmp_path / "bad")


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_pipeline(tmp_path / "none")
    with pytest.raises(IsADirectoryError):
        load_pipeline(tmp_path)


def test_init_is_kept_as_a_name_and_dropped_as_an_estimator(fitted, promoters, tmp_path):
    first, path = tmp_path / "first.safetensors", tmp_path / "model.safetensors"
    save_pipeline(fitted, first)
    X, y = promoters.data, promoters.target
    for init, kept in ((first, str(first)), (fitted, None)):
        tuned = make_xpresso_pipeline(12, 9, init=init, epochs=1, freeze_convolutions=True)
        save_pipeline(tuned.fit(X, y), path)
        again = load_pipeline(path)
        assert again[-1].init == kept
        np.testing.assert_array_equal(again.predict(X), tuned.predict(X))


# damage, and other versions


def test_a_flipped_bit_is_noticed(saved, tmp_path):
    data = saved.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    places = [*range(start - 3000, start, 101), *range(start, len(data), 211), len(data) - 1]
    for place in places:
        (tmp_path / "bad").write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(ValueError, match="bad: "):
            load_pipeline(tmp_path / "bad")


def test_a_changed_number_is_called_damage(saved, tmp_path):
    data = saved.read_bytes()
    place = data.index(b"y_mean_") + len(b'y_mean_\\": -0.')
    changed = data[:place] + (b"1" if data[place : place + 1] != b"1" else b"2") + data[place + 1 :]
    (tmp_path / "bad").write_bytes(changed)
    with pytest.raises(ValueError, match="bad: damaged: its text does not have the digest"):
        load_pipeline(tmp_path / "bad")
    last = data[:-1] + bytes([data[-1] ^ 1])
    (tmp_path / "bad").write_bytes(last)
    with pytest.raises(ValueError, match="bad: damaged: the array '.*' does not have the digest"):
        load_pipeline(tmp_path / "bad")


def test_a_file_without_digests_must_be_of_0_1(saved, tmp_path):
    with safe_open(saved, framework="np") as file:
        content = json.loads(file.metadata()["skxpresso"])
    del content["digest"], content["digests"]
    save_file(load_file(saved), tmp_path / "bad", {"skxpresso": json.dumps(content)})
    with pytest.raises(ValueError, match="bad: format version 2, written by versions"):
        load_pipeline(tmp_path / "bad")


@pytest.mark.parametrize("name", ["skxpresso", "keras", "scikit-learn"])
def test_other_versions_warn(name, saved, tmp_path):
    path = rewrite(saved, tmp_path / "other", set_in("versions", name, value="99.0"))
    with pytest.warns(SavedVersionWarning, match=rf"other was written with {name} '99\.0', and is"):
        load_pipeline(path)


@pytest.mark.parametrize("versions", [None, [], {"skxpresso": ["x" * 1000]}])
def test_versions_that_are_none(versions, saved, tmp_path):
    path = rewrite(saved, tmp_path / "other", set_in("versions", value=versions))
    with pytest.warns(SavedVersionWarning) as caught:
        load_pipeline(path)
    assert len(str(caught[0].message)) < 500


def test_a_small_file_with_an_enormous_window(promoters, tiny, saved, tmp_path):
    """No memory is taken: encoder and network are compared before anything is encoded."""
    encoder = ("estimator", "steps", 1, 1)

    def change(content):
        for name, value in {"upstream": 10**9, "downstream": 10**9, "short": "pad"}.items():
            set_in(*encoder, "params", name, value=value)(content)
        for name, value in {"promoter_length_": 2 * 10**9, "tss_": 10**9}.items():
            set_in(*encoder, "fitted", name, value=value)(content)

    path = rewrite(saved, tmp_path / "bad", change)
    with pytest.raises(ValueError, match="promoters of 2000000000 nt and 8 .* network reads 21 nt"):
        load_pipeline(path)
