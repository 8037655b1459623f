"""Files of earlier versions still read, and predict what they predicted."""

from pathlib import Path

import numpy as np
import pytest

from skxpresso import load_pipeline
from skxpresso.exceptions import SavedVersionWarning

DATA = Path(__file__).parents[1] / "data"


def test_pipeline_of_0_1_0(promoters):
    # trained and saved by 0.1.0, on the table that the fixture makes; its first ten predictions
    with pytest.warns(SavedVersionWarning, match=r"0\.1\.0.*was written with skxpresso '0\.1\.0'"):
        pipeline = load_pipeline(DATA / "pipeline-0.1.0.safetensors")
    expected = np.loadtxt(DATA / "pipeline-0.1.0-predictions.txt")
    assert expected.shape == (10,)
    assert np.ptp(expected) > 0.1  # a network that is alive
    np.testing.assert_allclose(pipeline.predict(promoters.data.iloc[:10]), expected, atol=1e-6)
    assert pipeline.predict(promoters.data).shape == (80,)
