"""The published search space, feasibility, and the authors' trials."""

import collections
import io
import pickle
import re
from pathlib import Path

import numpy as np
import pytest
from hyperopt import Trials, fmin, rand, space_eval
from hyperopt.base import Domain, spec_from_misc
from hyperopt.pyll import as_apply
from hyperopt.pyll.stochastic import sample
from scipy import stats
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.pipeline import Pipeline

from skxpresso import OneHotPromoterEncoder, build_xpresso
from skxpresso.network.architecture import Architecture
from skxpresso.search._search import HyperoptSearchCV
from skxpresso.search.published_trials import load_published_trials
from skxpresso.search.spaces import xpresso_is_feasible, xpresso_search_space

PUBLISHED = Path(__file__).parents[3] / "shared/data/xpresso/published_trials.tsv"
needs_published = pytest.mark.skipif(
    not PUBLISHED.exists(), reason="the authors' trials are not at ../shared/data"
)
LABELS = {
    *("leftpos", "rightpos", "batchsize", "numdenselayers"),
    *("numconvlayers", "numconvlayers1", "numconvlayers2"),
    *(f"{name}{i}" for name in ("dense", "dropout") for i in (1, 2)),
    *(
        f"{name}{i}"
        for name in ("numFiltersConv", "filterLenConv", "dilRate", "maxPool")
        for i in (1, 2, 3, 4)
    ),
}


def draws(n=400, **kwargs):
    space, rng = as_apply(xpresso_search_space(**kwargs)), np.random.default_rng(0)
    params = []
    for _ in range(n):
        drawn = sample(space, rng)
        flat = {k: v for k, v in drawn.items() if not k.startswith("_")}
        params.append(flat | drawn["_convolutions"] | drawn["_dense"])
    return params


def test_labels():
    assert len(LABELS) == 27
    assert set(Domain(None, as_apply(xpresso_search_space())).params) == LABELS


@pytest.mark.slow
def test_priors():
    params = draws(2000)
    depth = collections.Counter(len(p["xpresso__filters"]) for p in params)
    counts = [depth[n] for n in (1, 2, 3, 4)]
    assert stats.chisquare(counts, [1000, 500, 250, 250]).pvalue > 0.01
    assert {len(p["xpresso__dense_units"]) for p in params} == {1, 2}
    for upstream in (p["encoder__upstream"] for p in params):
        assert upstream in range(0, 10_001, 500)
    expected = {
        "encoder__upstream": set(range(0, 10_001, 500)),
        "encoder__downstream": set(range(0, 10_001, 500)),
        "xpresso__batch_size": {32, 64, 128},
    }
    for name, values in expected.items():
        assert {p[name] for p in params} == values
    tuples = {
        "xpresso__filters": {16, 32, 64, 128},
        "xpresso__kernel_sizes": set(range(1, 11)),
        "xpresso__dilation_rates": {1, 2, 3, 4},
        "xpresso__pool_sizes": set(range(5, 101, 5)),
        "xpresso__dense_units": {2**i for i in range(1, 9)},
    }
    for name, values in tuples.items():
        assert {v for p in params for v in p[name]} == values
        assert all(type(v) is int for p in params for v in p[name])
    for p in params:
        lengths = {
            len(p[f"xpresso__{n}"])
            for n in ("filters", "kernel_sizes", "dilation_rates", "pool_sizes")
        }
        assert len(lengths) == 1
        assert len(p["xpresso__dense_units"]) == len(p["xpresso__dropout_rates"])
        assert all(0 <= rate < 1 for rate in p["xpresso__dropout_rates"])


def test_short_sequences():
    params = draws(sequence_length=120, tss=80)
    assert max(p["encoder__upstream"] for p in params) > 70
    assert max(p["encoder__downstream"] for p in params) > 30
    assert all(0 <= p["encoder__upstream"] <= 80 for p in params)
    assert all(0 <= p["encoder__downstream"] <= 40 for p in params)
    # Most of the published space is feasible; so must be most of the scaled one
    assert np.mean([xpresso_is_feasible(p) for p in params]) > 0.7
    assert np.mean([xpresso_is_feasible(p) for p in draws()]) > 0.7


def test_narrowed():
    params = draws(
        sequence_length=120,
        upstream=(60, 60),
        downstream=(60, 60),
        n_conv_layers=(2, 3),
        n_dense_layers=(1, 1),
        filters=(32, 64),
        kernel_size=(5, 5),
        pool_size=(2, 4),
        dropout_rate=(0.1, 0.2),
        batch_size=(64, 64),
        encoder="a__b",
        network="net",
    )
    assert {len(p["net__filters"]) for p in params} == {2, 3}
    assert {v for p in params for v in p["net__filters"]} == {32, 64}
    assert {v for p in params for v in p["net__kernel_sizes"]} == {5}
    assert {v for p in params for v in p["net__pool_sizes"]} == {2, 3, 4}
    assert {(p["a__b__upstream"], p["a__b__downstream"]) for p in params} == {(60, 60)}
    assert {p["net__batch_size"] for p in params} == {64}
    assert all(0.1 <= rate <= 0.2 for p in params for rate in p["net__dropout_rates"])


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"n_conv_layers": (0, 2)}, r"n_conv_layers must be .* within 1 to 4, got \(0, 2\)"),
        ({"n_dense_layers": (1, 3)}, r"n_dense_layers must be .* within 1 to 2"),
        ({"filters": (16, 100)}, r"filters must be two powers of two, got \(16, 100\)"),
        ({"kernel_size": (9, 3)}, r"kernel_size must be \(lowest, highest\), got \(9, 3\)"),
        ({"upstream": (100, 300)}, r"upstream must span two or more steps of 500, or none"),
        ({"dropout_rate": (0.5, 0.1)}, "dropout_rate must be"),
        ({"learning_rate": (1e-2, 1e-3)}, "learning_rate must be"),
        ({"learning_rate": (0, 1e-3)}, "learning_rate must be above 0"),
    ],
)
def test_bad_ranges(kwargs, message):
    with pytest.raises(ValueError, match=message):
        xpresso_search_space(**kwargs)


@pytest.mark.parametrize(
    ("window", "pools", "feasible"),
    [
        ((7000, 3500), (30, 10), True),  # the published network: 10500 -> 350 -> 35
        ((500, 0), (5, 100), True),  # 500 -> 100 -> 1
        ((500, 0), (5, 5, 25), False),  # 500 -> 100 -> 20 -> 0
        ((500, 0), (100, 5), True),
        ((499, 0), (100, 5), False),  # 499 -> 4 -> 0: remainders are dropped
        ((0, 0), (), False),
        ((None, 3500), (30, 10), True),
    ],
)
def test_feasible(window, pools, feasible):
    params = dict(zip(("e__upstream", "e__downstream"), window, strict=True))
    assert xpresso_is_feasible(params | {"x__pool_sizes": pools, "x__filters": ()}) is feasible


class FakeStep(RegressorMixin, BaseEstimator):
    """Takes the parameters of the pipeline's steps and predicts nothing of interest."""

    def __init__(
        self,
        upstream=None,
        downstream=None,
        filters=(1,),
        kernel_sizes=(1,),
        dilation_rates=(1,),
        pool_sizes=(1,),
        dense_units=(1,),
        dropout_rates=(0.0,),
        batch_size=1,
    ):
        self.upstream = upstream
        self.downstream = downstream
        self.filters = filters
        self.kernel_sizes = kernel_sizes
        self.dilation_rates = dilation_rates
        self.pool_sizes = pool_sizes
        self.dense_units = dense_units
        self.dropout_rates = dropout_rates
        self.batch_size = batch_size

    def fit(self, X, y):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X

    def predict(self, X):
        return np.zeros(len(X))

    def score(self, X, y):
        return -float(len(self.filters))


PIPELINE = Pipeline([("encoder", FakeStep()), ("xpresso", FakeStep())])
X, Y = np.zeros((10, 1)), np.arange(10.0)


def test_search_over_the_space():
    search = HyperoptSearchCV(
        PIPELINE,
        xpresso_search_space(),
        n_iter=30,
        is_feasible=xpresso_is_feasible,
        cv=2,
        random_state=0,
    ).fit(X, Y)
    results = search.cv_results_
    feasible = np.array([xpresso_is_feasible(p) for p in results["params"]])
    np.testing.assert_array_equal(results["failure"] == "infeasible", ~feasible)
    assert len(search.best_params_["xpresso__filters"]) == 1


@pytest.mark.slow
@needs_published
def test_published_trials():
    trials = load_published_trials(PUBLISHED)
    statuses = collections.Counter(r["status"] for r in trials.results)
    assert statuses == {"ok": 897, "fail": 105}
    assert sum("loss" in r for r in trials.results) == 897
    assert trials.best_trial["result"]["loss"] == pytest.approx(0.40959608793258667)
    feasible = collections.Counter()
    for record in trials.trials:
        drawn = space_eval(xpresso_search_space(), spec_from_misc(record["misc"]))
        params = {**drawn, **drawn["_convolutions"], **drawn["_dense"]}
        feasible[record["result"]["status"], xpresso_is_feasible(params)] += 1
    assert feasible["ok", True] == 897
    assert feasible["fail", False] >= 102


def published_networks():
    """Status, width of the window and layer settings of every trial."""
    space = xpresso_search_space()
    for record in load_published_trials(PUBLISHED).trials:
        drawn = space_eval(space, spec_from_misc(record["misc"]))
        layers = drawn["_convolutions"] | drawn["_dense"]
        layers = {name.removeprefix("xpresso__"): value for name, value in layers.items()}
        length = drawn["encoder__upstream"] + drawn["encoder__downstream"]
        yield record["result"]["status"], length, layers


@pytest.mark.slow
@needs_published
def test_published_networks_can_be_built():
    # benchmarks/published_trials.py builds them all
    good = [trial for trial in published_networks() if trial[0] == "ok"]
    assert len(good) == 897
    for i, (_, length, layers) in enumerate(good):
        shapes = Architecture(**layers).weight_shapes(length, 8)
        if i % 60 == 0:
            for engine in ("keras", "fused"):
                network = build_xpresso(length, 8, **layers, engine=engine)
                weights = [weight.shape for weight in network.get_weights()]
                assert weights == list(shapes.values())


@needs_published
def test_published_failures_are_refused_before_anything_is_built(monkeypatch):
    monkeypatch.setattr(
        "skxpresso.network._keras.xpresso.keras.Input", None
    )  # the first thing to be built
    messages = []
    for status, length, layers in published_networks():
        if status == "fail":
            with pytest.raises((ValueError, TypeError)) as caught:
                if length == 0:  # one trial; a network of half-life alone is none of the search
                    OneHotPromoterEncoder(0, 0).fit(["ACGT"])
                build_xpresso(length, 8, **layers)
            messages.append(str(caught.value))
    arithmetic = re.compile(
        r"pool_sizes=\(.*\) leave no position of a promoter of \d+ nt: \d+ // .* = 0"
        "|upstream=0 and downstream=0 leave no position to encode"
    )
    refused = [bool(arithmetic.fullmatch(message)) for message in messages]
    assert len(messages) == 105
    assert sum(refused) >= 102
    # the others could be built, and so reached what this test put in the way
    assert {m for m, r in zip(messages, refused, strict=True) if not r} == {
        "'NoneType' object is not callable"
    }


@needs_published
def test_published_best_is_the_published_network():
    """The network of the paper is the best trial of the search, as DESIGN tells its settings."""
    record = load_published_trials(PUBLISHED).best_trial
    drawn = space_eval(xpresso_search_space(), spec_from_misc(record["misc"]))
    assert (drawn["encoder__upstream"], drawn["encoder__downstream"]) == (7000, 3500)
    layers = drawn["_convolutions"] | drawn["_dense"]
    assert layers["xpresso__filters"] == (128, 32)
    assert layers["xpresso__kernel_sizes"] == (6, 9)
    assert layers["xpresso__pool_sizes"] == (30, 10)
    assert layers["xpresso__dense_units"] == (64, 2)
    np.testing.assert_allclose(layers["xpresso__dropout_rates"], (0.00099, 0.01546), atol=5e-6)
    assert drawn["xpresso__batch_size"] == 128


@pytest.mark.slow
@needs_published
def test_published_trials_inform_a_search():
    search = HyperoptSearchCV(
        PIPELINE,
        xpresso_search_space(),
        trials=load_published_trials(PUBLISHED),
        n_iter=12,
        cv=2,
        random_state=0,
    ).fit(X, Y)
    # Of the authors' trials 83 % have two convolutions; the prior gives them 50 %
    depth = [len(p["xpresso__filters"]) for p in search.cv_results_["params"]]
    assert depth.count(2) >= 10
    assert len(search.trials_.trials) == 1014


def python_2_pickle(trials, protocol):
    """Pickle as Python 2 did: its names for modules, no bytes type."""
    file = io.BytesIO()
    pickler = pickle._Pickler(file, protocol, fix_imports=True)
    pickler.dump(trials)
    return file.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


@pytest.mark.parametrize("protocol", [0, 2])
def test_pickle_equals_table(tmp_path, protocol):
    trials = Trials()

    def loss(params):
        n = len(params["_convolutions"]["xpresso__filters"])
        return {"status": "fail", "loss": 1.0} if n == 3 else {"status": "ok", "loss": 0.1 * n}

    fmin(
        loss,
        xpresso_search_space(),
        rand.suggest,
        30,
        trials=trials,
        rstate=np.random.default_rng(0),
        show_progressbar=False,
    )
    path, table = tmp_path / "trials.pkl", tmp_path / "trials.tsv"
    path.write_bytes(python_2_pickle(trials, protocol))
    names = [*sorted(LABELS), "tid", "loss", "status", "sec"]
    lines = ["\t".join(names)]
    for record in trials.trials:
        values = spec_from_misc(record["misc"])
        row = [str(float(values[k])) if k in values else "" for k in sorted(LABELS)]
        result = record["result"]
        lines.append(
            "\t".join([*row, str(record["tid"]), str(result["loss"]), result["status"], "1.0"])
        )
    table.write_text("\n".join(lines))
    found, expected = load_published_trials(path), load_published_trials(table)
    assert found.results == expected.results
    assert [r["misc"] for r in found.trials] == [r["misc"] for r in expected.trials]
    assert {r["status"] for r in found.results} == {"ok", "fail"}
    assert all("loss" not in r for r in found.results if r["status"] == "fail")


class Evil:
    def __reduce__(self):
        return (exec, ("raise AssertionError('code was run')",))


@pytest.mark.parametrize("name", ["exec", "os.system", "numpy.load", "hyperopt.base.Domain"])
def test_pickle_runs_no_code(tmp_path, name):
    path = tmp_path / "evil.pkl"
    if name == "exec":
        content = pickle.dumps(Evil(), protocol=2)
    else:
        module, _, function = name.rpartition(".")
        content = f"c{module}\n{function}\n(S'true'\ntR.".encode()
    path.write_bytes(content)
    with pytest.raises(pickle.UnpicklingError, match="which trials do not need"):
        load_published_trials(path)


def test_not_trials(tmp_path):
    path = tmp_path / "other.pkl"
    path.write_bytes(pickle.dumps([1, 2], protocol=2))
    with pytest.raises(ValueError, match="must be a pickle of hyperopt Trials"):
        load_published_trials(path)
    path.write_text("a\tb\n1\t2\n")
    with pytest.raises(ValueError, match=r"not found: 'loss', 'status'"):
        load_published_trials(path)
