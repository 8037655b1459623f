"""A packed column of promoters: read by every estimator as its text is, from one array."""

import pickle

import numpy as np
import pandas as pd
import pytest
from joblib import Parallel, delayed
from sklearn.pipeline import make_pipeline
from sklearn.utils import _safe_indexing

from skxpresso import (
    CompositionEncoder,
    HalfLifeTransformer,
    KmerCountEncoder,
    OneHotPromoterEncoder,
    PromoterShuffler,
)
from skxpresso._utils.digest import digest
from skxpresso.baselines import halflife_baseline
from skxpresso.datasets import make_promoters
from skxpresso.exceptions import PromoterWarning
from skxpresso.sequence import pack_promoters
from skxpresso.sequence.code_rows import CodeRows
from skxpresso.sequence.packed import shares_codes

ROWS = [5, 3, 3, 17, 0]


@pytest.fixture(name="text", scope="module")
def fixture_text():
    table = make_promoters(20, 31, random_state=0).data
    table.loc[table.index[3], "promoter"] = "nnnnnacgtuRYacgtNNNNNACGTACGTAC"
    return table.assign(strand="+", extra=np.arange(20))


@pytest.fixture(name="packed", scope="module")
def fixture_packed(text):
    packed = pack_promoters(text)
    assert shares_codes(packed)
    return packed


def encoders():
    some = ["extra", "UTR5GC"]
    return {
        "whole": OneHotPromoterEncoder(covariates=some),
        "window": OneHotPromoterEncoder(4, 7, covariates=[]),
        "of a TSS": OneHotPromoterEncoder(4, 7, tss=20, covariates=some),
        "padded": OneHotPromoterEncoder(20, 3, short="pad", covariates=some),
        "beyond": OneHotPromoterEncoder(90, 70, tss=0, short="pad", covariates=[]),
        "minus": OneHotPromoterEncoder(4, 9, strand="-", covariates=some),
        "strands": OneHotPromoterEncoder(4, 9, strand="strand", covariates=some),
        "odd letters": OneHotPromoterEncoder(unknown="zero", covariates=some),
        "all columns": OneHotPromoterEncoder(4, 7),
        "short": OneHotPromoterEncoder(30, 3, covariates=some),
        "no position": OneHotPromoterEncoder(0, 0, covariates=some),
        "beyond its TSS": OneHotPromoterEncoder(tss=40, covariates=some),
        "other column": OneHotPromoterEncoder(sequence_column="sequence"),
        "words": KmerCountEncoder(2),
        "composition": CompositionEncoder(7),
        "shuffled": PromoterShuffler(random_state=0),
        "in a pipeline": make_pipeline(HalfLifeTransformer(), OneHotPromoterEncoder(3, 4)),
    }


def made_of(encoder, fitted_on, X):
    """Return what comes out, or the error."""
    try:
        made = encoder.fit(fitted_on).transform(X)
    except ValueError as error:
        return str(error)
    return made.toarray() if hasattr(made, "toarray") else np.asarray(made)


@pytest.mark.parametrize("name", encoders())
def test_packed_promoters_are_read_as_their_text(name, text, packed):
    if name in ("all columns", "words", "composition", "shuffled", "in a pipeline"):
        text, packed = text.drop(columns="strand"), packed.drop(columns="strand")
    for X, Y in ((text, packed), (text.iloc[ROWS], packed.iloc[ROWS])):
        expected = made_of(encoders()[name], text, X)
        found = made_of(encoders()[name], packed, Y)
        np.testing.assert_array_equal(found, expected)
        mixed = made_of(encoders()[name], text, Y)
        np.testing.assert_array_equal(mixed, expected)
    is_error = name in ("short", "no position", "beyond its TSS", "other column")
    assert isinstance(expected, str) == is_error


def test_an_error_names_the_same_row(text, packed):
    for column, value in (("extra", np.nan), ("extra", 1e300), ("UTR5GC", "high")):
        bad = pd.Series([*text[column].iloc[:6], value, *text[column].iloc[7:]], text.index)
        steps = make_pipeline(
            HalfLifeTransformer(columns=["UTR5GC", "extra"]) if value != 1e300 else "passthrough",
            OneHotPromoterEncoder(covariates=["extra"]),
        )
        expected = made_of(steps, *[text.assign(**{column: bad})] * 2)
        assert repr(text.index[6]) in expected or str(text.index[6]) in expected
        assert made_of(steps, *[packed.assign(**{column: bad})] * 2) == expected


def test_a_promoter_of_unknown_bases_is_named():
    X = pack_promoters(pd.DataFrame({"promoter": ["ACGT", "NNAC"]}, index=["known", "odd"]))
    with pytest.warns(PromoterWarning, match="1 promoter.*'?odd'?"):
        OneHotPromoterEncoder(2, 0).fit_transform(X)


@pytest.mark.parametrize("select", [
    lambda X: X.iloc[ROWS], lambda X: X.take(ROWS), lambda X: _safe_indexing(X, np.array(ROWS)),
    lambda X: X.loc[X.index[ROWS]], lambda X: X.iloc[ROWS].copy(),
    lambda X: X.iloc[ROWS].assign(more=1)[X.columns],
])  # fmt: skip
def test_rows_of_a_packed_table_share_its_codes(text, packed, select):
    few = select(packed)
    texts = text["promoter"].iloc[ROWS].str.upper().replace("[RY]", "N", regex=True)
    expected = texts.str.replace("U", "T").tolist()
    assert few["promoter"].tolist() == few["promoter"].to_numpy().tolist() == expected
    assert few["promoter"].iloc[1] == expected[1]
    assert np.shares_memory(few["promoter"].array.codes.base, packed["promoter"].array.codes)
    encoded = OneHotPromoterEncoder(2, 3, covariates=[]).fit_transform(few)
    assert np.shares_memory(encoded.code_rows.base, packed["promoter"].array.codes)


def test_pandas_sees_text(text, packed):
    column = packed["promoter"]
    assert (column == column.tolist()).all()
    assert (column == column.iloc[2]).tolist() == [row == 2 for row in range(20)]
    assert not packed.isna().any().any()
    plain = packed.assign(promoter=column.tolist())
    assert packed.to_csv() == plain.to_csv()
    assert digest(packed.iloc[4:]) == digest(plain.iloc[4:]) == digest(text.iloc[4:])
    assert digest(packed.iloc[4:]) != digest(plain.iloc[5:])
    twice = pd.concat([packed, packed.iloc[:2]])
    assert twice["promoter"].tolist() == [*plain["promoter"], *plain["promoter"].iloc[:2]]
    with pytest.raises(ValueError, match="cannot be missing"):
        packed.reindex(["nobody"])


def test_a_baseline_of_columns_of_numbers_leaves_them_out(text, packed):
    y = np.random.default_rng(0).normal(size=20)
    expected = halflife_baseline().fit(text, y).predict(text)
    np.testing.assert_array_equal(halflife_baseline().fit(packed, y).predict(packed), expected)


NOT_PACKED = [["ACGT", "AC"], ["ACGT", "AC-T"], ["AĀ"], ["ACGT", None], [b"ACGT"], [""], [], [4.5]]


@pytest.mark.parametrize(
    "promoters",
    [
        ["ACGT", "ACG"],
        ["ACGT", "AC-T"],
        ["ACGT", "ACĀT"],
        ["ACGT", None],
        [b"ACGT"],
        [""],
        [],
        [4.5],
    ],
    ids=str,
)
def test_what_cannot_be_packed_stays_as_it_is(promoters, tmp_path):
    X = pd.DataFrame({"promoter": promoters})
    assert pack_promoters(X) is X
    assert pack_promoters(X, file=tmp_path / "codes") is X
    assert pack_promoters(X, column="sequence") is X
    assert not shares_codes(X)


def test_workers_map_the_file(text, tmp_path):
    packed = pack_promoters(text, file=tmp_path / "codes")
    codes = packed["promoter"].array.codes
    assert (tmp_path / "codes").read_bytes() == codes.tobytes()
    assert len((tmp_path / "codes").read_bytes()) == 20 * 31
    seen = Parallel(2)(delayed(_look)(packed.iloc[2:], rows) for rows in ([0, 5], [7]))
    texts = packed["promoter"].tolist()
    assert [each[0] for each in seen] == [[texts[2], texts[7]], [texts[9]]]
    assert [str(each[1]) for each in seen] == [str(tmp_path / "codes")] * 2
    codes[:] = 0  # of this process alone
    assert set((tmp_path / "codes").read_bytes()) != {0}


def _look(X, rows):
    column = X.iloc[rows]["promoter"]
    return column.tolist(), getattr(column.array.codes.base, "filename", None)


def test_a_pickle_holds_few_rows_alone():
    X = pack_promoters(pd.DataFrame({"promoter": ["ACGT" * 100] * 300}))
    few = pickle.loads(pickle.dumps(X.iloc[[7, 9]]))
    assert few["promoter"].tolist() == ["ACGT" * 100] * 2
    assert len(pickle.dumps(X.iloc[[7, 9]])) < 4000
    most = pickle.loads(pickle.dumps(X.iloc[10:]))["promoter"].array.codes
    assert isinstance(X.iloc[[1]]["promoter"].array.codes, CodeRows)
    assert len(most) == 290
