"""Input that once ended in an unclear error, or in none: each is a sentence that names it."""

import numpy as np
import pandas as pd
import pytest

from skxpresso import (
    HalfLifeTransformer,
    KmerCountEncoder,
    OneHotPromoterEncoder,
    PromoterShuffler,
    XpressoRegressor,
)
from skxpresso.network import Architecture
from skxpresso.network._keras.backend import running_on
from skxpresso.saving.zero_halflife import ZeroHalfLife
from tests.toys import encode, genes, numbers

PROMOTERS = genes()[["promoter"]]


def levels(table):
    return table.set_axis(pd.MultiIndex.from_tuples([(name, "raw") for name in table]), axis=1)


@pytest.mark.parametrize(
    "fit",
    [
        OneHotPromoterEncoder().fit,
        HalfLifeTransformer().fit,
        KmerCountEncoder(2).fit,
        lambda X: XpressoRegressor().fit(X.iloc[:, 1:], [1.0, 2.0]),
    ],
    ids=["encoder", "half-life", "k-mers", "network"],
)
def test_columns_of_several_levels(fit):
    with pytest.raises(ValueError, match=r"plain names, got a MultiIndex of 2 levels, \('"):
        fit(levels(genes()))


def test_strands_as_numbers_turn_promoters():
    table = PROMOTERS.assign(strand=[1, -1])
    assert encode(table, strand="strand") == encode(
        PROMOTERS.assign(strand=["+", "-"]), strand="strand"
    )
    assert encode(table, strand="strand") == ["ACGT", "TCAA"]
    with pytest.raises(ValueError, match=r"'\+' or '-', or 1 and -1, got 2 in row 'geneB'"):
        encode(PROMOTERS.assign(strand=[1, 2]), strand="strand")


@pytest.mark.parametrize("name", ["strand", "Strand"])
def test_strands_are_no_covariate_unless_asked_for(name):
    table = PROMOTERS.assign(**{name: [1, -1]})
    with pytest.raises(ValueError, match=f"column '{name}' holds strands.*strand='{name}' turns"):
        OneHotPromoterEncoder().fit(table)
    asked = OneHotPromoterEncoder(covariates=[name]).fit_transform(table)
    np.testing.assert_array_equal(asked.covariates[:, 0], [1, -1])
    other = OneHotPromoterEncoder().fit_transform(PROMOTERS.assign(strand=[0.25, 0.5]))
    assert other.n_covariates == 1  # no strands, whatever it is called


def test_names_listed_twice():
    with pytest.raises(ValueError, match="covariates must list every name once, got 'CDSLEN' more"):
        OneHotPromoterEncoder(covariates=["CDSLEN", "CDSLEN"]).fit(genes())
    with pytest.raises(ValueError, match="columns must list every name once, got 'CDSLEN' more"):
        HalfLifeTransformer(columns=["CDSLEN", "CDSLEN"]).fit(genes())


SET_LATER = [
    (OneHotPromoterEncoder(), {"strand": "-"}, PROMOTERS),
    (OneHotPromoterEncoder(), {"sequence_column": "CDSLEN"}, genes()),
    (HalfLifeTransformer(), {"log_columns": []}, genes()),
    (KmerCountEncoder(2), {"reverse_complement": True}, PROMOTERS),
    (PromoterShuffler(random_state=0), {"kind": "mononucleotide"}, PROMOTERS),
    (ZeroHalfLife(), {"n_features": 2}, PROMOTERS),
]


@pytest.mark.parametrize(("transformer", "later", "table"), SET_LATER)
def test_parameters_set_after_fit(transformer, later, table):
    transformer.fit(table)
    ((name, value),) = later.items()
    was = getattr(transformer, name)
    transformer.set_params(**later)
    message = f"was fitted with {name}={was!r}, and now has {name}={value!r}; fit it again"
    with pytest.raises(ValueError) as caught:
        transformer.transform(table)
    assert message in str(caught.value)
    transformer.set_params(**{name: was}).transform(table)


def test_what_may_be_set_after_fit():
    encoder = OneHotPromoterEncoder().fit(PROMOTERS)
    assert encoder.set_params(unknown="zero").transform(["ACNT"]).codes.tolist() == [[0, 1, 4, 3]]


def test_windows_longer_than_any_chromosome():
    for upstream in (2**31, 10**30):
        with pytest.raises(ValueError, match="a window of more than 2,147,483,648 nt") as caught:
            OneHotPromoterEncoder(upstream, 5, short="pad").fit(PROMOTERS)
        assert len(str(caught.value)) < 300


def test_networks_that_no_machine_holds():
    with pytest.raises(ValueError, match=r"ask for [\d,]+ weights, most of them in conv2.kernel"):
        Architecture(filters=(10**9, 32)).check_fits(10_500, 8)
    with pytest.raises(ValueError, match="dense_units must name at most 100 layers, got 3000"):
        Architecture(dense_units=(2,) * 3000, dropout_rates=(0.0,) * 3000)
    with pytest.raises(ValueError, match="weights"):
        XpressoRegressor(
            filters=(), kernel_sizes=(), dilation_rates=(), pool_sizes=(), dense_units=(10**12, 2)
        ).fit(*numbers())
    Architecture().check_fits(1_000_000, 8)  # large, and possible


def test_memory_that_runs_out_is_said_in_words():
    class ResourceExhaustedError(Exception):
        """As TensorFlow's."""

    for error in (MemoryError(), ResourceExhaustedError("OOM when allocating tensor")):
        with (
            pytest.raises(MemoryError, match="smaller batch_size, fewer filters or dense_units"),
            running_on("auto"),
        ):
            raise error
    with pytest.raises(KeyError), running_on("auto"):
        raise KeyError("as it is")


@pytest.mark.parametrize("engine", ["keras", "fused"])
def test_no_rows(engine, promoters, tiny):
    X = OneHotPromoterEncoder().fit_transform(promoters.data)
    model = XpressoRegressor(**tiny, engine=engine)
    with pytest.raises(ValueError, match="X_val is empty"):
        model.fit(X, promoters.target, X_val=X[:0], y_val=promoters.target[:0])
    model.fit(X, promoters.target)
    for none in (X[:0], np.asarray(X)[:0]):
        with pytest.raises(ValueError, match=r"0 sample\(s\)"):
            model.predict(none)
