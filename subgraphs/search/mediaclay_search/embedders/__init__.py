"""What turns texts into vectors, behind one port."""

from mediaclay_search.embedders.port import Embedder, Vectors

__all__ = ["Embedder", "Vectors"]
