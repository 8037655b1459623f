"""The report on leakage, by hand and against the groups."""

import numpy as np
import pytest
from sklearn.model_selection import GroupKFold

from skxpresso.model_selection.leakage import leakage_report

# leakage


def test_leakage_report_counts_by_hand():
    groups = ["a", "b", "a", "c", "b", "a", "d"]
    report = leakage_report(groups, train=[0, 1, 6], test=[2, 3, 4, 5])
    assert (report.n_train, report.n_test, report.n_leaked, report.share) == (3, 4, 3, 0.75)
    assert report.rows.tolist() == [2, 4, 5]
    assert report.groups.to_dict("list") == {
        "group": ["a", "b"],
        "n_train": [1, 1],
        "n_test": [2, 1],
    }
    assert str(report) == (
        "3 of 4 test rows (75.0 %) share a group with a training row, in 2 groups"
    )


def test_leakage_report_takes_masks():
    train = np.array([True, False, False, True])
    report = leakage_report([0, 0, 1, 2], train, ~train)
    assert report.rows.tolist() == [1]


def test_nothing_leaks_between_groups():
    groups = np.repeat(np.arange(10), 3)
    for train, test in GroupKFold(4).split(groups, groups=groups):
        report = leakage_report(groups, train, test)
        assert (report.n_leaked, report.share, len(report.groups)) == (0, 0, 0)
        assert report.groups.columns.tolist() == ["group", "n_train", "n_test"]


@pytest.mark.parametrize(
    ("groups", "train", "test", "match"),
    [
        ([[0, 1]], [0], [0], r"groups must have one dimension, got shape \(1, 2\)"),
        ([0.0, np.nan], [0], [1], "groups has no value in row 1"),
        ([0, 1], [], [1], "train must hold at least one row number"),
        ([0, 1], [0], [2], "test must hold row numbers from 0 to 1, got 2"),
        ([0, 1], [-1], [0], "train must hold row numbers from 0 to 1, got -1"),
        ([0, 1], [0.5], [1], "train must hold at least one row number"),
        ([0, 1], [True], [1], "train must hold .* a mask of 2 rows"),
    ],
)
def test_bad_splits(groups, train, test, match):
    with pytest.raises(ValueError, match=match):
        leakage_report(groups, train, test)
