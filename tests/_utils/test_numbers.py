"""Numbers that a user hands in: dates, text and the like are refused by name."""

import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pytest

from skxpresso._utils.numbers import real_numbers

DATES = pd.date_range("2020-01-01", periods=3)
REFUSED = {
    "dates": (DATES.to_numpy(), "y must hold numbers, got dates, '2020-01-01.*' in row 'a'"),
    "a Series of dates": (pd.Series(DATES), "got dates"),
    "polars dates": (pl.Series([datetime.date(2020, 1, 1)] * 3), "got dates"),
    "dates in a list": ([datetime.date(2020, 1, 1)] * 3, r"got datetime.date\(2020, 1, 1\) of"),
    "durations": (np.arange(3).astype("m8[s]"), "got durations"),
    "a duration in a list": ([1.0, datetime.timedelta(1), 2.0], "of type timedelta in row 'b'"),
    "text": (["1.5", "2", "3"], "got text, '1.5' in row 'a'; convert it first"),
    "a Series of text": (pd.Series(["1.5", "2", "3"]), "got '1.5' of type str in row 'a'"),
    "bytes": ([b"1", b"2", b"3"], "got bytes"),
    "one text among numbers": (np.array([1.0, 2.0, "3"], object), "got '3' of type str in row 'c'"),
    "objects": ([1.0, object(), 3.0], "of type object in row 'b'"),
    "lists": (np.array([[1], [2, 3], 4], object), r"got \[1\] of type list in row 'a'"),
    "complex": (np.array([1j, 2, 3]), "Complex data not supported: y must hold real"),
    "a complex object": (np.array([1.0, 1j, 3], object), "Complex data not supported"),
    "too many digits": ([1, 2, 10**400], "one of more than 300 digits in row 'c'"),
    "a masked value": (np.ma.array([1.0, 1e9, 3.0], mask=[0, 1, 0]), "no masked values.*row 'b'"),
    "records": (np.zeros(3, "f8,i4"), "got records"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_number_is_refused_by_name(case):
    values, message = REFUSED[case]
    with pytest.raises(ValueError, match=message) as caught:
        real_numbers(values, ["a", "b", "c"])
    assert len(str(caught.value)) < 500


READ = {
    "a list": ([1, 2.5, -3], [1, 2.5, -3]),
    "booleans": ([True, False, np.True_], [1, 0, 1]),
    "objects that are numbers": (
        np.array([1, np.float32(2), Fraction(1, 4)], object),
        [1, 2, 0.25],
    ),
    "decimals": ([Decimal("0.1"), 2, 3], [0.1, 2, 3]),
    "missing ones": (pd.Series([1, None, 3], dtype="Int64"), [1, np.nan, 3]),
    "infinity": (np.array([np.inf, 1, None], object), [np.inf, 1, np.nan]),
    "a mask that hides nothing": (np.ma.array([1.0, 2, 3], mask=False), [1, 2, 3]),
    "a category of numbers": (pd.Series([1, 2, 1]).astype("category"), [1, 2, 1]),
    "a table": ([[1, 2], [3, 4]], [[1, 2], [3, 4]]),
    "nothing": ([], []),
}


@pytest.mark.parametrize("case", READ)
def test_what_is_a_number_is_read(case):
    values, wanted = READ[case]
    found = real_numbers(values)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, wanted)


def test_rows_without_labels_are_counted_from_0():
    with pytest.raises(ValueError, match="sample_weight must hold numbers, got 'x' of .* row 1"):
        real_numbers(np.array([1, "x"], object), None, "sample_weight")
