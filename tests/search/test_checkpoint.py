"""The file of a search: no code in it, one search at a time, damage and other versions noticed."""

import json
import os
import pickle
import socket
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest
from hyperopt import hp
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from sklearn.linear_model import Ridge
from sklearn.model_selection import KFold, PredefinedSplit, cross_val_score

import skxpresso
from skxpresso._utils.sealed import write_sealed
from skxpresso.exceptions import SavedVersionWarning
from skxpresso.search._search import HyperoptSearchCV
from tests.search.toys import LOG_ALPHA, Fragile, X, Y, assert_same_search, long_search


@pytest.fixture
def path(tmp_path):
    return tmp_path / "search.safetensors"


class Evil:
    def __reduce__(self):
        return (exec, ("raise AssertionError('code was run')",))


@pytest.mark.parametrize("protocol", [2, 4, 5])
def test_a_pickle_is_refused_and_not_run(path, protocol):
    path.write_bytes(pickle.dumps(Evil(), protocol))
    with pytest.raises(ValueError, match="is a pickle, as skxpresso 0.1 wrote it, and is not read"):
        long_search(checkpoint=path).fit(X, Y)
    assert path.read_bytes() == pickle.dumps(Evil(), protocol)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\t" * 100, b"a\tb\n1\t2\n"])
def test_what_is_no_checkpoint(path, content):
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"checkpoint .*search\.safetensors.*not a checkpoint of"):
        long_search(checkpoint=path).fit(X, Y)
    assert path.read_bytes() == content


def test_safetensors_of_something_else(path):
    write_sealed(path, "skxpresso", {"format_version": 1}, {"x": np.zeros(3)})
    with pytest.raises(ValueError, match="not a checkpoint of HyperoptSearchCV"):
        long_search(checkpoint=path).fit(X, Y)


def test_every_flipped_byte_is_noticed(path):
    long_search(n_iter=4, checkpoint=path).fit(X, Y)
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    for place in [*range(start - 600, start, 17), *range(start, len(data), 97), len(data) - 1]:
        path.write_bytes(data[:place] + bytes([data[place] ^ 4]) + data[place + 1 :])
        with pytest.raises(ValueError, match=r"search\.safetensors"):
            long_search(n_iter=8, checkpoint=path).fit(X, Y)


def with_text(path, **changes):
    """Write a checkpoint again, whole, with parts of its text changed."""
    with safe_open(path, framework="np") as file:
        content = json.loads(file.metadata()["skxpresso search"])
    for name in ("digest", "digests"):
        del content[name]
    write_sealed(path, "skxpresso search", content | changes, load_file(path))


def test_a_later_format_is_refused(path):
    long_search(n_iter=4, checkpoint=path).fit(X, Y)
    with_text(path, format_version=99)
    with pytest.raises(ValueError, match="format version 99, written by versions .*reads 2"):
        long_search(n_iter=8, checkpoint=path).fit(X, Y)


def test_another_version_warns_and_goes_on(path):
    long_search(n_iter=4, checkpoint=path).fit(X, Y)
    with_text(path, versions={"skxpresso": "99.0"})
    message = "was written with skxpresso '99.0', scikit-learn not recorded.*results may differ"
    with pytest.warns(SavedVersionWarning, match=message):
        found = long_search(n_iter=8, checkpoint=path).fit(X, Y)
    assert_same_search(found, long_search(n_iter=8).fit(X, Y))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        long_search(n_iter=8, checkpoint=path).fit(X, Y)


def test_a_missing_array(path):
    long_search(n_iter=4, checkpoint=path).fit(X, Y)
    with safe_open(path, framework="np") as file:
        metadata = file.metadata()
    arrays = load_file(path)
    del arrays["fold1.test"]
    save_file(arrays, path, metadata)
    with pytest.raises(ValueError, match=r"the array 'fold1\.test' is missing"):
        long_search(n_iter=8, checkpoint=path).fit(X, Y)


def test_all_kinds_of_trials_come_back(path):
    """Failures, infeasible points, NaN scores, several metrics, masks and estimators as values."""
    space = {
        "alpha": hp.uniform("alpha", 0, 4),
        "fault": ["fit", "nan", None, None],
        "depth": hp.choice("depth", [2, Ridge()]),
    }
    folds = [(np.arange(60) % 3 != i, np.flatnonzero(np.arange(60) % 3 == i)) for i in range(3)]

    def search(n_iter, **settings):
        found = HyperoptSearchCV(
            Fragile(),
            space,
            n_iter=n_iter,
            cv=folds,
            random_state=3,
            is_feasible=lambda params: params["alpha"] < 3.5,
            return_train_score=True,
            points_to_evaluate=[{"alpha": np.float64(2), "fault": 2, "depth": 1}],
            **settings,
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return found.fit(X, Y)

    search(7, checkpoint=path)
    resumed, straight = search(24, checkpoint=path), search(24)
    names = straight.cv_results_["params"]
    assert [str(p) for p in resumed.cv_results_["params"]] == [str(p) for p in names]
    for name in ("failure", "mean_test_score", "split1_train_score", "trial"):
        np.testing.assert_array_equal(resumed.cv_results_[name], straight.cv_results_[name])
    failures = set(straight.cv_results_["failure"])
    assert {None, "infeasible", "the score is nan"} < failures
    assert resumed.trials_.losses() == straight.trials_.losses()


def test_several_metrics_come_back(path):
    settings = {"scoring": {"a": "r2", "b": "neg_mean_squared_error"}, "refit": "b"}
    long_search(n_iter=6, checkpoint=path, **settings).fit(X, Y)
    assert_same_search(
        long_search(n_iter=12, checkpoint=path, **settings).fit(X, Y),
        long_search(n_iter=12, **settings).fit(X, Y),
    )


# the same search, or another


def refused(path, what, first, second, X=X):
    first.set_params(checkpoint=path).fit(X, Y)
    with pytest.raises(ValueError, match=rf"another search that differs in: {what};"):
        second.set_params(checkpoint=path).fit(X, Y)


def test_an_array_that_differs_in_the_middle(path):
    folds = np.arange(5000) % 3
    other = folds.copy()
    other[2500] = 1 - other[2500] % 2
    assert repr(folds) == repr(other)
    X, Y = np.arange(10_000.0).reshape(5000, 2), np.arange(5000.0)
    long_search(n_iter=2, cv=PredefinedSplit(folds), checkpoint=path).fit(X, Y)
    with pytest.raises(ValueError, match="differs in: folds, cv;"):
        long_search(n_iter=2, cv=PredefinedSplit(other), checkpoint=path).fit(X, Y)


def test_an_array_in_the_estimator(path):
    def of(alpha):
        return HyperoptSearchCV(Fragile(depth=alpha), LOG_ALPHA, n_iter=2, cv=3, random_state=0)

    depth = np.ones(5000)
    other = depth.copy()
    other[2500] = 2
    refused(path, "estimator", of(depth), of(other))


def test_another_lambda(path):
    first, second = (
        long_search(n_iter=2, is_feasible=allowed)
        for allowed in (lambda p: p["alpha"] < 1e9, lambda p: p["alpha"] < 1e8)
    )
    refused(path, "is_feasible", first, second)


def test_another_closure(path):
    def scorer(weight):
        return lambda estimator, X, y: weight * estimator.score(X, y)

    refused(
        path,
        "scoring",
        long_search(n_iter=2, scoring=scorer(1.0)),
        long_search(n_iter=2, scoring=scorer(2.0)),
    )


@pytest.mark.parametrize("helper", ["return x", "return 2 * x"])
def test_an_edited_scorer_of_the_same_name(path, helper):
    source = """
    def help(x):
        {}

    def scorer(estimator, X, y):
        return help(estimator.score(X, y))
    """

    def scorer(line):
        namespace = {}
        exec(textwrap.dedent(source).format(line), namespace)
        return namespace["scorer"]

    long_search(n_iter=2, scoring=scorer("return x"), checkpoint=path).fit(X, Y)
    second = long_search(n_iter=4, scoring=scorer(helper), checkpoint=path)
    if helper == "return x":
        assert len(second.fit(X, Y).cv_results_["params"]) == 4
    else:
        with pytest.raises(ValueError, match="differs in: scoring;"):
            second.fit(X, Y)


def test_another_value_in_the_space(path):
    def of(value):
        space = {**LOG_ALPHA, "depth": hp.choice("depth", [1, value])}
        return HyperoptSearchCV(Fragile(), space, n_iter=2, cv=3, random_state=0)

    refused(path, "space", of(lambda x: x + 1), of(lambda x: x + 2))


# one search at a time


WAITING = textwrap.dedent(
    """
    import sys, time
    from hyperopt import hp
    from sklearn.datasets import make_regression
    from sklearn.linear_model import Ridge
    from skxpresso.search._search import HyperoptSearchCV

    def feasible(params):
        print("searching", flush=True)
        time.sleep(600)

    X, y = make_regression(60, 5, random_state=0)
    space = {"alpha": hp.loguniform("alpha", -5, 5)}
    HyperoptSearchCV(Ridge(), space, checkpoint=sys.argv[1], is_feasible=feasible).fit(X, y)
    """
)


def test_another_process_that_began_before_the_file_existed(path):
    environment = os.environ | {"PYTHONPATH": str(Path(skxpresso.__file__).parents[1])}
    command = [sys.executable, "-c", WAITING, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as other:
        try:
            assert other.stdout.readline() == "searching\n"
            message = rf"is being written by process {other.pid} on {socket.gethostname()}"
            with pytest.raises(BlockingIOError, match=message):
                long_search(checkpoint=path).fit(X, Y)
        finally:
            other.kill()
    assert len(long_search(n_iter=4, checkpoint=path).fit(X, Y).cv_results_["params"]) == 4


def test_a_file_that_changed_meanwhile_is_not_replaced(path):
    class Meddler(Ridge):
        def fit(self, X, y):
            path.write_text("of somebody else")
            return super().fit(X, y)

    search = long_search(n_iter=8, checkpoint=path).set_params(estimator=Meddler())
    with pytest.raises(OSError, match="was changed by something else while this search ran"):
        search.fit(X, Y)
    assert path.read_text() == "of somebody else"
    again = search.set_params(checkpoint=None, warm_start=True).fit(X, Y)
    assert len(again.cv_results_["params"]) == 8


def test_a_file_that_was_removed_is_written_again(path):
    class Remover(Ridge):
        def fit(self, X, y):
            path.unlink(missing_ok=True)
            return super().fit(X, y)

    long_search(n_iter=8).set_params(estimator=Remover(), checkpoint=path, refit=False).fit(X, Y)
    found = long_search(n_iter=8).set_params(estimator=Remover(), checkpoint=path, refit=False)
    assert len(found.fit(X, Y).cv_results_["params"]) == 8


def test_missing_folders_are_made_before_the_first_fit(tmp_path):
    path = tmp_path / "a" / "b" / "search.safetensors"
    long_search(n_iter=2, checkpoint=path).fit(X, Y)
    assert [file.name for file in path.parent.iterdir()] == ["search.safetensors"]
    (tmp_path / "file").write_text("")

    class Never(Ridge):
        def fit(self, X, y):
            raise AssertionError("fitted")

    search = long_search(n_iter=2, checkpoint=tmp_path / "file" / "search.safetensors")
    with pytest.raises(OSError, match="file"):
        search.set_params(estimator=Never()).fit(X, Y)


FITS_LEFT = [0]  # what a class holds would be part of what it is


class Stopping(Fragile):
    """Somebody presses Ctrl-C after so many fits."""

    def fit(self, X, y):
        FITS_LEFT[0] -= 1
        if FITS_LEFT[0] < 0:
            raise KeyboardInterrupt
        return super().fit(X, y)


def test_in_a_folder_every_outer_fold_has_a_file_and_goes_on(tmp_path):
    folder = tmp_path / "searches"
    space = {"alpha": hp.uniform("alpha", 0, 4)}

    def nested(checkpoint, left):
        FITS_LEFT[0] = left
        settings = {"n_iter": 8, "cv": 2, "random_state": 0, "checkpoint": checkpoint}
        search = HyperoptSearchCV(Stopping(), space, **settings)
        scores = cross_val_score(search, X, Y, cv=KFold(3))
        return scores, left - FITS_LEFT[0]

    straight, n_fits = nested(None, 10**9)
    assert n_fits == 3 * (8 * 2 + 1)
    with pytest.raises(KeyboardInterrupt):
        nested(f"{folder}/", 8 * 2 + 1 + 12)  # in the second outer fold, after its first batch
    assert len(list(folder.glob("search-*.safetensors"))) == 2
    scores, n_fits = nested(folder, 10**9)
    np.testing.assert_array_equal(scores, straight)
    # the first fold evaluates its best and refits; the second has one batch of four behind it
    assert n_fits == (2 + 1) + (4 * 2 + 1) + (8 * 2 + 1)
    assert len(list(folder.iterdir())) == 3
