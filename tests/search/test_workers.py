"""Many workers, here and in a Dask cluster, find what one finds."""

import os

import pytest
from hyperopt import hp
from joblib import parallel_config
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import Ridge

from skxpresso.search._search import HyperoptSearchCV
from tests.search.toys import (
    LOG_ALPHA,
    Fragile,
    X,
    Y,
    as_grid,
    assert_same_search,
    kill_and_resume,
    long_search,
)

# Parallel


def test_results_do_not_depend_on_the_number_of_workers():
    one = long_search(n_iter=24).fit(X, Y)
    for n_jobs, pre_dispatch in ((2, "2*n_jobs"), (2, 1)):
        two = long_search(n_iter=24, n_jobs=n_jobs, pre_dispatch=pre_dispatch).fit(X, Y)
        assert_same_search(two, one)


def test_batch_size_from_the_workers():
    """Two fits per candidate: seven workers are kept busy by four candidates."""
    sizes = []

    class Recorder(HyperoptSearchCV):
        def _format_results(self, candidate_params, n_splits, out, more_results=None):
            sizes.append(more_results["batch"].count(more_results["batch"][-1]))
            return super()._format_results(candidate_params, n_splits, out, more_results)

    with parallel_config("threading"):
        Recorder(Ridge(), LOG_ALPHA, n_iter=10, cv=2, n_jobs=7, batch_size="workers").fit(X, Y)
    assert sizes == [4, 4, 2]


@pytest.fixture(scope="module")
def dask_client():
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


class Where(Fragile):
    """Its score is the process that it was made in."""

    def score(self, X, y):
        return os.getpid()


@pytest.mark.slow
def test_dask(dask_client, tmp_path, monkeypatch):
    scattered = []
    scatter = type(dask_client).scatter

    def recording(self, data, *args, **kwargs):
        scattered.append(data)
        return scatter(self, data, *args, **kwargs)

    monkeypatch.setattr(type(dask_client), "scatter", recording)
    expected = long_search(n_iter=24).fit(X, Y)
    with parallel_config("dask"):
        found = long_search(n_iter=24).fit(X, Y)
        pids = as_grid(Where(), {"alpha": list(range(20))}, refit=False, cv=2).fit(X, Y)
    assert_same_search(found, expected)
    processes = {pids.cv_results_[f"split{i}_test_score"][k] for i in range(2) for k in range(20)}
    workers = {info["pid"] for info in dask_client.run(lambda: {"pid": os.getpid()}).values()}
    assert {int(pid) for pid in processes} == workers
    assert len(workers) == 2
    # In each of the two searches X went out once, whatever the number of batches
    sent = [data for data in scattered if data is X or (isinstance(data, list) and data[0] is X)]
    assert len(sent) == 2


def test_halving_on_dask(dask_client, tmp_path):
    def halving(**kwargs):
        # not a forest, whose threads under dask add its trees in the order in which they end
        return HyperoptSearchCV(
            GradientBoostingRegressor(random_state=0),
            {"max_depth": hp.randint("depth", 2, 40)},
            n_iter=9,
            resource="n_estimators",
            max_resource=9,
            cv=2,
            random_state=0,
            **kwargs,
        ).fit(X, Y)

    with parallel_config("dask"):
        found = halving(checkpoint=tmp_path / "search")
    assert_same_search(found, halving())
    assert found.cv_results_["n_resumed"].max() == 3
    assert [p.name for p in tmp_path.iterdir()] == ["search"]


@pytest.mark.slow
def test_dask_killed_and_resumed(dask_client, tmp_path):
    kill_and_resume(tmp_path, 2, dask_client.scheduler.address)
