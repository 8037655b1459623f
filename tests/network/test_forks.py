"""A process forked after TensorFlow ran: an error with the way out, where it would hang."""

import os
import time
import warnings

import numpy as np
import pytest

from skxpresso import build_xpresso
from skxpresso.network.xpresso import XpressoRegressor

pytestmark = pytest.mark.slow

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


def in_a_fork(work, seconds=20):
    """Return what a forked process says of `work`; a process that hangs is ended."""
    ours, theirs = os.pipe()
    with warnings.catch_warnings():  # Python 3.12 warns of threads in a process that forks
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        try:
            said = repr(work())
        except BaseException as error:
            said = f"{type(error).__name__}: {error}"
        os.write(theirs, said.encode())
        os._exit(0)
    os.close(theirs)
    end = time.monotonic() + seconds
    while os.waitpid(child, os.WNOHANG) == (0, 0):
        if time.monotonic() > end:
            os.kill(child, 9)
            os.waitpid(child, 0)
            return "it hangs"
        time.sleep(0.02)
    with os.fdopen(ours) as pipe:
        return pipe.read()


MESSAGE = "RuntimeError: TensorFlow ran in the process from which this one was forked"


@pytest.mark.parametrize("what", ["fit", "predict", "model_", "build", "to_keras"])
def test_keras_in_a_fork_is_refused(what, X, y, tiny):
    model = XpressoRegressor(**tiny, engine="keras").fit(X, y)
    model._network.model = None  # as after unpickling
    work = {
        "fit": lambda: model.fit(X, y),
        "predict": lambda: model.predict(X),
        "model_": lambda: model.model_,
        "to_keras": model.to_keras,
        "build": lambda: build_xpresso(30, 0, pool_sizes=(5, 2)),
    }[what]
    said = in_a_fork(work)
    assert said.startswith(MESSAGE)
    assert "loky" in said
    assert "engine='fused'" in said


def test_kernels_predict_in_a_fork(fitted, X):
    assert fitted.engine_ == "fused"
    assert in_a_fork(lambda: fitted.predict(X).tolist()) == repr(fitted.predict(X).tolist())


def test_the_parent_goes_on(fitted, X, y, tiny):
    in_a_fork(lambda: None)
    again = XpressoRegressor(**tiny).fit(X, y)
    np.testing.assert_array_equal(again.predict(X), fitted.predict(X))
