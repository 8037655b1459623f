"""Sphinx settings. Build with: sphinx-build -W docs docs/_build."""

from skxpresso import __version__

project = "skxpresso"
author = "The skxpresso developers"
release = __version__
extensions = ["myst_parser", "numpydoc", "sphinx.ext.autodoc", "sphinx.ext.autosummary"]
exclude_patterns = ["_build"]
html_theme = "pydata_sphinx_theme"
autosummary_generate = True
numpydoc_show_class_members = False
autodoc_default_options = {"members": True, "inherited-members": False}
# docstrings inherited from scikit-learn refer to its own glossary
suppress_warnings = ["ref.term", "ref.ref"]
