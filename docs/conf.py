"""Sphinx settings. Build with: sphinx-build -W docs docs/_build. Nothing is fetched."""

import os
import sys
from pathlib import Path

DOCS = Path(__file__).parent
sys.path.insert(0, str(DOCS))  # for house.py
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # of the gallery

import house  # noqa: E402

from skxpresso import __version__  # noqa: E402

project = "skxpresso"
author = "The skxpresso developers"
copyright = "The skxpresso developers, MIT licence"
release = __version__
extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "auto_examples/**/*.ipynb", "generated/rooms.md"]
templates_path = ["_templates"]
# docstrings inherited from scikit-learn refer to its own glossary
suppress_warnings = ["ref.term", "ref.ref"]

autosummary_generate = True
autodoc_default_options = {"members": True, "inherited-members": False}
numpydoc_show_class_members = False
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

sphinx_gallery_conf = {
    "examples_dirs": "../examples/gallery",
    "gallery_dirs": "auto_examples",
    "filename_pattern": r"/(plot|run)_",
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("skxpresso",),
    "backreferences_dir": "generated/backreferences",
    "reference_url": {"skxpresso": None},
    "download_all_examples": False,
    "show_signature": False,
    "min_reported_time": 1000,
    "capture_repr": ("_repr_html_",),  # tables, not what matplotlib returns
}

html_theme = "pydata_sphinx_theme"
html_title = "skxpresso"
html_static_path = ["_static"]
html_css_files = ["skxpresso.css"]
html_show_sourcelink = False
html_theme_options = {
    "logo": {"text": "skxpresso"},
    "navbar_align": "left",
    "navbar_persistent": ["search-button"],
    "show_toc_level": 2,
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
}
html_sidebars = {"index": [], "architecture": [], "contributing": [], "changelog": [], "start": []}

# the plan of the house is made of the code as it stands, and cannot go stale
house.write_plan(DOCS / "generated")
