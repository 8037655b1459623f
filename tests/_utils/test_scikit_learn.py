"""scikit-learn without SciPy's statistics: nothing is missing, and nothing is left behind."""

import subprocess
import sys

import pytest

USED = {
    "preprocessing": (
        "import pickle, sklearn.pipeline, sklearn.preprocessing as p, scipy.stats; "
        "assert p.FunctionTransformer is sklearn.pipeline.FunctionTransformer; "
        "from sklearn.preprocessing import _function_transformer; "
        "again = pickle.loads(pickle.dumps(p.FunctionTransformer())); "
        "found = again.transform([[1]])[0][0] * p.minmax_scale([0, 1, 2])[1]"
    ),
    "a file of it": "from scipy.stats.distributions import norm; found = norm.cdf(0)",
    "scikit-learn's functions": (
        "import numpy as np; from sklearn.preprocessing import power_transform; "
        "X = np.exp(np.random.default_rng(0).normal(size=(50, 1))); "
        "found = power_transform(X, method='box-cox').std() / 2"
    ),
}
SCRIPT = """
import sys
from skxpresso._utils.scikit_learn import import_sklearn
import_sklearn()
asked = "sklearn.pipeline", "sklearn.preprocessing", "scipy.stats", "scipy.interpolate"
print([name for name in asked if name in sys.modules])
{}
print(round(float(found), 6), type(sys.modules["scipy.stats"]).__name__)
"""


@pytest.mark.parametrize("used", USED)
def test_statistics_are_there_once_they_are_used(used):
    command = [sys.executable, "-W", "error", "-c", SCRIPT.format(USED[used])]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:2] == ["['sklearn.pipeline']", "0.5 module"]
