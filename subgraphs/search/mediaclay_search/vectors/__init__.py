"""Vectors of nodes: kept on disk with the embedder that made each, and scanned in memory."""

from mediaclay_search.vectors.matrix import Matrix, Near
from mediaclay_search.vectors.store import Place, Store, Todo

__all__ = ["Matrix", "Near", "Place", "Store", "Todo"]
