"""Small data and small networks that all tests share."""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "agg")

from pathlib import Path

import pytest

from skxpresso.datasets import make_promoters
from tests.toys import TINY


@pytest.fixture(scope="session")
def tiny():
    """Parameters of a network that trains in a moment."""
    return dict(TINY)


@pytest.fixture(scope="session")
def promoters():
    """80 promoters of 30 nt with half-life columns and expression."""
    return make_promoters(80, length=30, random_state=0)


@pytest.fixture(scope="session")
def shared_data():
    """Real data beside the repository; tests that want it are skipped where it is missing."""
    folder = Path(__file__).parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data is not at {folder}")
    return folder


@pytest.fixture(autouse=True)
def close_figures():
    """Close what a test drew."""
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
