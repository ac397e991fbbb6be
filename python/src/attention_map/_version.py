#: The same as in pyproject.toml and the Rust package; a test compares.
__version__ = "0.1.0"
