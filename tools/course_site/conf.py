"""Sphinx's configuration of the site. ``stage`` copies it beside the pages."""
project = 'gluon_gan'
author = ''
html_title = 'gluon_gan'
language = 'en'        # the texts of Sphinx have no complete British translation
extensions = ['myst_nb', 'sphinx.ext.mathjax']
exclude_patterns = ['static', 'extra']
root_doc = 'index'

nb_execution_mode = 'off'       # the committed outputs are shown
nb_merge_streams = True
nb_ipywidgets_js = {}           # would be loaded from another host; a widget is shown as its text
nb_mime_priority_overrides = [('html', 'application/vnd.jupyter.widget-view+json', None)]
myst_enable_extensions = ['amsmath', 'colon_fence', 'deflist', 'dollarmath', 'html_image']
myst_dmath_allow_space = False
myst_dmath_double_inline = True
myst_heading_anchors = 6
suppress_warnings = ['myst.header']     # a cell may begin with a heading of any level

mathjax_path = 'mathjax/tex-svg-full.js'
html_theme = 'sphinx_book_theme'
html_theme_options = {
    'home_page_in_toc': True,
    'show_toc_level': 2,
    'use_download_button': True,
    'use_fullscreen_button': False,
    'show_navbar_depth': 1,
    'navbar_persistent': [],
    'footer_content_items': [],
    'search_bar_text': 'Search the course and the documentation',
}
html_context = {'default_mode': 'auto'}     # the theme of the reader's system, until the button chooses one
html_static_path = ['static']
html_extra_path = ['extra']
html_css_files = ['site.css']
html_favicon = 'static/icon.svg'
html_copy_source = True
html_sourcelink_suffix = ''
html_show_copyright = False
html_show_sphinx = False
html_show_search_summary = False        # a page from the disk may not fetch other pages
html_domain_indices = False
html_use_index = False
pygments_style = 'default'
nitpicky = True
smartquotes_action = 'qe'        # quotes and ellipses, but no dashes: --option stays as it is


def setup(app):
    app.connect('html-page-context', _search_page)


def _search_page(app, pagename, *_):
    """Load what shows the words around a match, on the search page alone."""
    if pagename == 'search':
        for name in ('texts.js', 'excerpts.js'):
            app.add_js_file(name, loading_method='defer')
