"""Tables of polars and pyarrow come in with their names, and do what those of pandas do."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline

from skxpresso import HalfLifeTransformer, KmerCountEncoder, OneHotPromoterEncoder
from skxpresso._utils.frames import as_pandas, as_polars
from skxpresso.datasets import make_promoters

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")

DATA = make_promoters(40, 30, random_state=0)
TABLE = DATA.data.reset_index(drop=True)
LIBRARIES = {
    "polars": lambda table: pl.DataFrame({name: table[name].tolist() for name in table}),
    "pyarrow": lambda table: pa.table({name: table[name].tolist() for name in table}),
}
either = pytest.mark.parametrize("library", LIBRARIES)


def foreign(table, library):
    return LIBRARIES[library](table)


@either
def test_values_and_names(library):
    columns = {"promoter": ["AC", None], "n": [1, None], "x": [0.5, np.nan], "b": [True, False]}
    table = pd.DataFrame(columns).astype({"promoter": object})
    table["promoter"] = pd.Series(columns["promoter"], dtype=object)
    read = as_pandas(foreign(table, library))
    assert read.columns.tolist() == list(columns)
    assert read["promoter"].tolist()[0] == "AC"
    assert pd.isna(read["promoter"].iloc[1])
    np.testing.assert_array_equal(read["n"].astype(float), [1, np.nan])
    np.testing.assert_array_equal(read["x"], [0.5, np.nan])
    assert read["b"].tolist() == [True, False]


def test_series_and_what_is_no_table():
    assert as_pandas(pl.Series("promoter", ["AC"])).tolist() == ["AC"]
    assert as_pandas(pa.chunked_array([["AC"], ["GT"]])).tolist() == ["AC", "GT"]
    for same in (TABLE, ["AC"], np.zeros(3), None, "AC"):
        assert as_pandas(same) is same
    with pytest.raises(TypeError, match="a lazy LazyFrame; collect or compute it first"):
        as_pandas(pl.LazyFrame({"promoter": ["AC"]}))
    twice = pa.table([pa.array(["AC"]), pa.array(["GT"])], names=["promoter", "promoter"])
    with pytest.raises(ValueError, match="must be unique .*'promoter' 2 times"):
        as_pandas(twice)


@either
def test_half_life_transformer_takes_logarithms_and_keeps_the_library(library):
    X = foreign(TABLE, library)
    expected = HalfLifeTransformer().fit(TABLE)
    transformer = HalfLifeTransformer().fit(X)
    assert transformer.columns_ == expected.columns_
    np.testing.assert_array_equal(transformer.mean_, expected.mean_)
    assert transformer.feature_names_in_.tolist() == TABLE.columns.tolist()
    transformed = transformer.transform(X)
    assert type(transformed) is type(X)
    pd.testing.assert_frame_equal(as_pandas(transformed), expected.transform(TABLE))
    back = as_pandas(transformer.inverse_transform(transformed))
    pd.testing.assert_frame_equal(back, TABLE)
    # columns by name, whatever their order and whatever else is there; and of another library
    turned = foreign(TABLE.iloc[:, ::-1].assign(more=1), library)
    pd.testing.assert_frame_equal(
        as_pandas(transformer.transform(turned)), expected.transform(TABLE)
    )
    pd.testing.assert_frame_equal(transformer.transform(TABLE), expected.transform(TABLE))


@either
@pytest.mark.parametrize("encoder", [OneHotPromoterEncoder(10, 5), KmerCountEncoder(2)], ids=repr)
def test_encoders(library, encoder):
    pipeline = make_pipeline(HalfLifeTransformer(), encoder)
    expected = np.asarray(_dense(pipeline.fit_transform(TABLE)))
    X = foreign(TABLE, library)
    np.testing.assert_array_equal(_dense(pipeline.fit(X, DATA.target).transform(X)), expected)
    np.testing.assert_array_equal(_dense(pipeline.transform(TABLE)), expected)


def _dense(X):
    return X.toarray() if hasattr(X, "toarray") else np.asarray(X)


@either
def test_searches_and_cross_validation(library):
    X, y = foreign(TABLE, library), DATA.target
    model = make_pipeline(HalfLifeTransformer(), KmerCountEncoder(2), Ridge())
    expected = cross_val_predict(model, TABLE, y, cv=3)
    np.testing.assert_allclose(cross_val_predict(model, X, y, cv=3), expected)
    spaces = {"ridge__alpha": [0.1, 10.0]}
    found = GridSearchCV(model, spaces, cv=2).fit(X, pl.Series("y", y.tolist()))
    theirs = GridSearchCV(model, spaces, cv=2).fit(TABLE, y)
    assert found.best_params_ == theirs.best_params_
    np.testing.assert_allclose(found.predict(X), theirs.predict(TABLE))


@either
def test_messages_name_column_and_row(library):
    X = foreign(TABLE.assign(CDSLEN=[-1.0, *TABLE["CDSLEN"][1:]]), library)
    with pytest.raises(ValueError, match="column 'CDSLEN' must hold values of 0 or more, .* row 0"):
        HalfLifeTransformer().fit(X)
    X = foreign(TABLE.rename(columns={"promoter": "dna"}), library)
    with pytest.raises(ValueError, match="sequence_column='dna' names the column of sequences"):
        OneHotPromoterEncoder().fit(X)


def test_narwhals_is_not_loaded_for_pandas():
    script = (
        "import sys, pandas as pd; from skxpresso import HalfLifeTransformer;"
        "HalfLifeTransformer().fit(pd.DataFrame({'CDSLEN': [1.0, 2.0]}));"
        "print('polars' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"


def test_a_table_of_pandas_becomes_one_of_polars_without_pyarrow():
    polars = pytest.importorskip("polars")
    table = pd.DataFrame(
        {
            "promoter": ["ACGT", None, "TT"],
            "length": [1.5, np.nan, 2.0],
            "n": pd.array([1, None, 3], dtype="Int64"),
            "coding": [True, False, True],
            7: np.arange(3, dtype=np.int16),
        },
        index=["a", "b", "c"],
    )
    found = as_polars(table)
    assert found.columns == ["promoter", "length", "n", "coding", "7"]
    assert found["promoter"].to_list() == ["ACGT", None, "TT"]
    np.testing.assert_array_equal(found["length"].to_numpy(), [1.5, np.nan, 2.0])
    assert found["n"].to_list() == [1, None, 3]
    assert found["coding"].dtype == polars.Boolean
    assert found["7"].dtype == polars.Int16
