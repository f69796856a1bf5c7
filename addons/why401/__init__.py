"""why401: says why a request was refused."""

__version__ = "0.1.0"
