"""Parts of tools/run_in_jupyterlab.py: its JupyterLab, a notebook in the page, and the sliders of that notebook."""
