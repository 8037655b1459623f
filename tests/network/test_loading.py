"""A script of a user starts in silence, and its own choice of TensorFlow's log is kept."""

import os
import subprocess
import sys

import pytest

SCRIPT = """
import logging, os
from skxpresso import make_xpresso_pipeline
from skxpresso.datasets import make_promoters
data = make_promoters(40, length=30, random_state=0)
layers = dict(filters=(4,), kernel_sizes=(5,), dilation_rates=(1,), pool_sizes=(10,))
pipeline = make_xpresso_pipeline(**layers, dense_units=(4,), dropout_rates=(0.0,), epochs=1)
pipeline.fit(data.data, data.target).predict(data.data)
pipeline[-1].to_keras()
print(os.environ.get("TF_CPP_MIN_LOG_LEVEL"), logging.root.level, logging.root.handlers)
"""


def run(script=SCRIPT, **environment):
    inherited = {name: value for name, value in os.environ.items() if "TF_" not in name}
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        capture_output=True,
        text=True,
        env=inherited | environment,
        check=True,
    )


@pytest.mark.slow
def test_a_script_starts_in_silence():
    done = run()
    lines = [line for line in done.stderr.splitlines() if "compiles its kernels" not in line]
    assert lines == []
    assert done.stdout.split() == ["None", "30", "[]"]  # as they were


@pytest.mark.slow
def test_the_builder_is_imported_in_silence():
    done = run("from skxpresso import build_xpresso; import keras; print(keras.__name__)")
    assert (done.stdout, done.stderr) == ("keras\n", "")


@pytest.mark.slow
def test_the_level_of_the_user_is_kept():
    assert run(TF_CPP_MIN_LOG_LEVEL="1").stdout.split()[0] == "1"
