"""Settings of the site: `pip install -e '.[docs]' && sphinx-build -W docs docs/_build`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from site_pages import address, docstrings, names, pages

import lropt_jax

project = "lropt-jax"
author = "The lropt-jax authors"
copyright = author
version = release = lropt_jax.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode", "myst_nb", "sphinx_design"]
exclude_patterns = ["_build", "jupyter_execute", "site_pages", "**/.ipynb_checkpoints"]
default_role = "literal"  # docstrings write `code`
toc_object_entries = False  # pages are named by their title; a second entry for the function says nothing new

nb_execution_mode = "off"  # notebooks keep their outputs; their own test executes them
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3

autodoc_typehints = "none"  # the ranges stand in Args
autodoc_member_order = "bysource"
napoleon_use_ivar = True  # a list of fields, not a block for each
napoleon_use_rtype = False
python_maximum_signature_line_length = 88

html_theme = "sphinx_book_theme"
html_title = "lropt-jax"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_copyright = False
html_theme_options = {
    "show_navbar_depth": 1,
    "collapse_navbar": True,  # the whole list on each page would take most of the time
    "home_page_in_toc": False,
    "navbar_persistent": [],
    "use_download_button": False,
    "use_fullscreen_button": False,
    "show_toc_level": 2,
    **address.buttons(),
}


def setup(app):
    """Write the pages that are made from the package, and turn names in the text into links."""
    app.connect("builder-inited", pages.write)
    app.connect("autodoc-process-docstring", docstrings.restructured, priority=400)  # before napoleon
    app.connect("autodoc-skip-member", names.skipped)
    app.connect("source-read", pages.titled)
    app.connect("doctree-read", names.linked)
