"""Search engines behind one port."""

from mediaclay_search.engine.backend import SearchBackend

__all__ = ["SearchBackend"]
