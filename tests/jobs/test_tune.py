"""Tuning a table: the search of our pipeline, its report, and that the saved one predicts."""

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from hyperopt import hp
from sklearn.model_selection import KFold, cross_val_score, train_test_split

from skxpresso import (
    HyperoptSearchCV,
    OneHotPromoterEncoder,
    make_xpresso_pipeline,
    xpresso_is_feasible,
    xpresso_search_space,
)
from skxpresso.exceptions import DeadNetworkWarning
from skxpresso.jobs.tune import tune
from tests.toys import write_table

FIXED = {
    "kernel_sizes": (5,),
    "dilation_rates": (1,),
    "pool_sizes": (5,),
    "dense_units": (4,),
    "dropout_rates": (0.0,),
    "optimizer": "adam",
    "learning_rate": 0.01,
    "batch_size": 16,
    "epochs": 2,
    "patience": None,
    "validation_fraction": 0,
}
SPACE = {
    "xpresso__filters": (hp.choice("filters", [2, 4]),),
    "encoder__upstream": hp.quniform("upstream", 5, 15, 5),
}


@pytest.fixture(scope="module")
def tuned(promoters, tmp_path_factory):
    out = tmp_path_factory.mktemp("tuned") / "best.joblib"
    options = {"n_iter": 3, "cv": 2, "verbose": 0, "space": SPACE, "random_state": 0}
    table = tmp_path_factory.mktemp("genes") / "genes.tsv"
    promoters.data.assign(EXPRESSION=promoters.target).to_csv(table, sep="\t", index_label="ID")
    with pytest.warns(UserWarning, match="best.joblib is a pickle, as its name asks"):
        return tune(table, out, **options, **FIXED)


@pytest.mark.slow
def test_scores_are_those_of_the_best_pipeline(promoters, tuned):
    X, X_test, y, y_test = train_test_split(
        promoters.data, promoters.target, test_size=0.1, random_state=0
    )
    pipeline = make_xpresso_pipeline(random_state=0, **FIXED)
    pipeline.set_params(**tuned.search.best_params_)
    folds = KFold(2, shuffle=True, random_state=0)
    np.testing.assert_allclose(
        tuned.scores["r2"],
        [
            cross_val_score(pipeline, X, y, cv=folds).mean(),
            pipeline.fit(X, y).score(X_test, y_test),
        ],
        rtol=1e-5,
    )


def test_parameters_are_native_and_right(tuned):
    for params in tuned.search.cv_results_["params"]:
        assert params["xpresso__filters"] in ((2,), (4,))
        assert type(params["encoder__upstream"]) is int


def test_files(promoters, tuned):
    names = [path.name for path in tuned.files.values()]
    pictures = ["best-convergence.png", "best-parameters.png"]
    assert names == ["best.joblib", *pictures, "best-trials.tsv", "best.html"]
    assert sorted(p.name for p in tuned.files["model"].parent.iterdir()) == sorted(names)
    saved = joblib.load(tuned.files["model"])
    np.testing.assert_array_equal(
        saved.predict(promoters.data), tuned.search.predict(promoters.data)
    )
    page = tuned.files["report"].read_text()
    assert page.count("data:image/png") == 3
    assert "encoder__upstream" in page


def test_unequal_promoters_are_refused_before_the_search(tmp_path):
    table = tmp_path / "genes.tsv"
    pd.DataFrame({"PROMOTER": ["ACGT", "ACG"], "EXPRESSION": [0.0, 1.0]}).to_csv(table, sep="\t")
    with pytest.raises(ValueError, match="promoters must have one length.*from 3 to 4"):
        tune(table, tmp_path / "a.joblib")


@pytest.mark.slow
def test_published_space_over_an_encoded_matrix(promoters):
    space = xpresso_search_space(
        30, n_conv_layers=(1, 2), filters=(16, 32), dense_units=(2, 8), pool_size=(2, 4)
    )
    encoded = OneHotPromoterEncoder().fit_transform(promoters.data)
    fixed = {name: FIXED[name] for name in ("optimizer", "epochs", "patience")}
    pipeline = make_xpresso_pipeline(
        random_state=0, **fixed, validation_fraction=0, learning_rate=1e-3, max_restarts=0
    )
    search = HyperoptSearchCV(
        pipeline, space, n_iter=3, cv=2, is_feasible=xpresso_is_feasible, random_state=0
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeadNetworkWarning)  # some draws are
        search.fit(encoded, promoters.target)
    assert len(search.cv_results_["params"]) == 3
    assert np.isfinite(search.best_score_)


@pytest.mark.slow
def test_halving(promoters, tmp_path):
    out = tmp_path / "best.safetensors"
    table = write_table(tmp_path / "genes.tsv", promoters.data, promoters.target)
    options = {"n_iter": 3, "cv": 2, "verbose": 0, "space": SPACE, "halving": True}
    tuned = tune(table, out, **options, **(FIXED | {"epochs": 3}))
    results = tuned.search.cv_results_
    assert results["n_resources"].tolist() == [1, 1, 1, 3]
    assert results["n_resumed"].tolist() == [0, 0, 0, 1]
    assert tuned.search.best_params_["xpresso__epochs"] == 3
    page = tuned.files["report"].read_text(encoding="utf-8")
    assert "went up with the epochs" in page
    assert "3 trials, 0 of them failed" in page
