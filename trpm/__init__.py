"""TRPM : la composition des quatre applications."""

# La même que dans pyproject.toml : un test y veille.
__version__ = "0.1.0"
