project = "Notes on attention"
extensions = ["myst_parser"]
html_static_path = ["_static"]
# The element, on every page. Sphinx writes the path from each page to it.
html_js_files = [("attention-map/attention-map.js", {"type": "module"})]
