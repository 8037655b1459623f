"""The commands as Python functions, one file for each."""

from skxpresso._utils.scikit_learn import import_sklearn

import_sklearn()  # once, before a file of this room does, which would take a third longer
