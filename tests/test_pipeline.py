"""The pipeline as people use it: fitted, cross-validated, searched, pickled."""

import pickle

import numpy as np
import pytest
import sklearn
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from skxpresso import (
    CompositionEncoder,
    HalfLifeTransformer,
    OneHotPromoterEncoder,
    PromoterShuffler,
    make_xpresso_pipeline,
    pearson_r2_scorer,
)
from skxpresso.model_selection import shared_sequence_groups


@pytest.fixture(scope="module")
def X(promoters):
    return promoters.data


@pytest.fixture(scope="module")
def y(promoters):
    return promoters.target


@pytest.fixture(scope="module")
def fitted(X, y, tiny):
    return make_xpresso_pipeline(**tiny).fit(X, y)


def test_steps_get_their_parameters():
    pipeline = make_xpresso_pipeline(
        7000, 3500, tss=9999, strand="-", short="pad", missing="mean", epochs=3
    )
    params = pipeline.get_params()
    assert params["encoder__upstream"] == 7000
    assert params["encoder__downstream"] == 3500
    assert params["encoder__tss"] == 9999
    assert params["encoder__strand"] == "-"
    assert params["encoder__short"] == "pad"
    assert params["halflife__missing"] == "mean"
    assert params["xpresso__epochs"] == 3


def test_misspelt_parameter_is_an_error():
    with pytest.raises(TypeError, match="no parameter 'upstraem'"):
        make_xpresso_pipeline(upstraem=7000)


def test_only_training_rows_set_the_scale(X, y, fitted, tiny):
    wild = X.copy()
    wild.iloc[60:, 1:] *= 0.01
    a = make_xpresso_pipeline(**tiny).fit(wild[:60], y[:60])
    b = make_xpresso_pipeline(**tiny).fit(X[:60], y[:60])
    np.testing.assert_array_equal(a.predict(X[:5]), b.predict(X[:5]))


def test_table_columns_may_come_in_any_order_and_company(X, fitted):
    shuffled = X[X.columns[::-1]].assign(NOTE="text", EXPRESSION=1e9)
    np.testing.assert_array_equal(fitted.predict(shuffled), fitted.predict(X))


def test_sequences_alone(X, y, tiny):
    a = make_xpresso_pipeline(**tiny).fit(X["promoter"].tolist(), y)
    b = make_xpresso_pipeline(**tiny).fit(X[["promoter"]], y)
    np.testing.assert_array_equal(a.predict(X["promoter"]), b.predict(X[["promoter"]]))


def test_encoded_once_and_windowed_by_the_pipeline(X, y, tiny):
    encoded = OneHotPromoterEncoder().fit_transform(X)
    a = make_xpresso_pipeline(12, 9, **tiny).fit(encoded, y)
    b = make_xpresso_pipeline(12, 9, **tiny).fit(X, y)
    np.testing.assert_allclose(a.predict(encoded), b.predict(X), rtol=1e-4)


def test_cross_validation_beside_a_baseline_with_both_r2(X, y, tiny):
    scoring = {"r2": "r2", "pearson": pearson_r2_scorer}
    scores = cross_validate(make_xpresso_pipeline(**tiny), X, y, cv=3, scoring=scoring)
    assert np.isfinite(scores["test_r2"]).all()
    assert (scores["test_r2"] <= scores["test_pearson"] + 1e-9).all()
    ridge = make_pipeline(HalfLifeTransformer(), OneHotPromoterEncoder(), Ridge())
    assert np.isfinite(cross_validate(ridge, X, y, cv=3)["test_score"]).all()


@pytest.mark.slow
def test_grid_search_over_window_and_network(X, y, tiny):
    grid = {"encoder__upstream": [6, 12], "xpresso__filters": [(2,), (4,)]}
    search = GridSearchCV(make_xpresso_pipeline(**tiny), grid, cv=2).fit(X, y)
    assert search.best_estimator_[-1].promoter_length_ in (6 + 15, 12 + 15)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_in_an_ensemble(X, y, tiny):
    vote = VotingRegressor([("net", make_xpresso_pipeline(**tiny)), ("mean", DummyRegressor())])
    net, mean = vote.fit(X, y).estimators_
    np.testing.assert_allclose(vote.predict(X), (net.predict(X) + mean.predict(X)) / 2)


def test_pickle(X, fitted):
    again = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_tables_between_steps(library, X, y, tiny, fitted):
    frames = pytest.importorskip(library)
    pipeline = make_xpresso_pipeline(**tiny)
    pipeline.set_output(transform=library).fit(X, y)
    assert isinstance(pipeline[:-1].transform(X), frames.DataFrame)
    np.testing.assert_array_equal(pipeline.predict(X), fitted.predict(X))


def test_polars_needs_no_pyarrow_for_promoters_in_a_table_of_pandas(X, monkeypatch):
    frame = pytest.importorskip("polars.dataframe.frame")

    def converted(*args, **kwargs):
        raise ImportError("pyarrow is required")

    monkeypatch.setattr(frame, "pandas_to_pydf", converted)
    X = X.assign(CDSLEN=X["CDSLEN"].round().astype("Int64"))
    found = HalfLifeTransformer().set_output(transform="polars").fit_transform(X)
    expected = HalfLifeTransformer().fit_transform(X)
    assert isinstance(found, frame.DataFrame)
    assert found.columns == expected.columns.tolist()
    assert found["promoter"].to_list() == X["promoter"].tolist()
    np.testing.assert_array_equal(found["CDSLEN"], expected["CDSLEN"])


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_tables_everywhere(library, X, y, tiny, fitted):
    pytest.importorskip(library)
    with sklearn.config_context(transform_output=library):
        again = make_xpresso_pipeline(**tiny).fit(X, y)
        bases = OneHotPromoterEncoder().set_output(transform="default").fit_transform(X)
        tables = [
            step.fit_transform(bases)
            for step in (HalfLifeTransformer(), PromoterShuffler(random_state=0))
        ]
        composition = CompositionEncoder(10).fit_transform(bases)
        groups = shared_sequence_groups(X, 20)
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
    assert {type(table).__module__.partition(".")[0] for table in tables} == {library}
    np.testing.assert_array_equal(composition, CompositionEncoder(10).fit_transform(bases))
    np.testing.assert_array_equal(groups, shared_sequence_groups(X, 20))


def test_validation_rows_go_through_the_transformers(X, y, tiny):
    train, valid = X[:60], X[60:]
    with sklearn.config_context(enable_metadata_routing=True):
        pipeline = make_xpresso_pipeline(**tiny, transform_input=["X_val"])
        pipeline[-1].set_fit_request(X_val=True, y_val=True)
        pipeline.fit(train, y[:60], X_val=valid, y_val=y[60:])
        by_hand = make_xpresso_pipeline(**tiny)
        transform = by_hand[:-1].fit(train)
        by_hand[-1].fit(
            transform.transform(train), y[:60], X_val=transform.transform(valid), y_val=y[60:]
        )
    np.testing.assert_array_equal(pipeline.predict(valid), by_hand.predict(valid))


def test_real_yeast_promoters(shared_data, tiny):
    import pandas as pd

    table = pd.read_csv(shared_data / "yeast/native_promoters.tsv.gz", sep="\t", nrows=300)
    pipeline = make_xpresso_pipeline(**tiny).fit(table[["promoter"]], table["expression"])
    assert pipeline[-1].promoter_length_ == 120
    assert np.ptp(pipeline.predict(table[["promoter"]])) > 0
