"""Fitted models of promoters of 30 nt that the tests of this room share."""

import pytest

from skxpresso import make_xpresso_pipeline
from skxpresso.baselines import kmer_baseline


@pytest.fixture(scope="session")
def network(promoters, tiny):
    """A pipeline whose effects are computed by the compiled kernels, in units far from 1."""
    return make_xpresso_pipeline(**tiny).fit(promoters.data, promoters.target * 3 + 1)


@pytest.fixture(scope="session")
def windowed(promoters, tiny):
    """The same with a window of 18 nt, 5 to 23, whose TSS stands at 10."""
    model = make_xpresso_pipeline(upstream=10, downstream=8, **tiny)
    return model.fit(promoters.data, promoters.target)


@pytest.fixture(scope="session")
def words(promoters):
    """A model that no kernel computes: its promoters are predicted in batches."""
    return kmer_baseline(k=2).fit(promoters.data, promoters.target)
