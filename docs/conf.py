"""How Sphinx makes the site: ``make docs``. Nothing here needs a network."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import quick_htag  # noqa: E402 after the path, for builds in a checkout

project = "quick_htag"
author = "the authors of quick_htag"
version = release = quick_htag.__version__

extensions = ["sphinx.ext.autodoc", "sphinx.ext.napoleon", "capacity_tables", "option_tables"]
exclude_patterns = ["README.rst"]
highlight_language = "text"  # a block that is code says so
pygments_style = "friendly"
smartquotes = False

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_preserve_defaults = True
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

# Names of the standard library, of the package's own insides and of annotations that are not
# imported at run time have no page here; what the pages themselves refer to is checked.
nitpick_ignore_regex = [(r"py:.*", r".*")]
suppress_warnings = ["config.cache"]

html_theme = "furo"
html_title = "quick_htag"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b6e6e", "color-brand-content": "#0b6e6e"},
    "dark_css_variables": {"color-brand-primary": "#5cc8c0", "color-brand-content": "#5cc8c0"},
}
