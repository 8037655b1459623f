"""Places for files."""

import pytest


@pytest.fixture(name="path")
def fixture_path(tmp_path):
    return tmp_path / "train.h5"
