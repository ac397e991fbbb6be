"""What a transformer attends to, as an interactive map in a notebook."""

from ._program import ProgramError
from ._trace import Model, Token, Trace, TraceError
from ._version import __version__
from ._widget import AttentionMap

__all__ = ["AttentionMap", "Model", "ProgramError", "Token", "Trace", "TraceError", "__version__"]
