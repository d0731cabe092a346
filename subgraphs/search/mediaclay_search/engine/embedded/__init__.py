"""tantivy, inside this process: nothing to install and nothing to run."""

from mediaclay_search.engine.embedded.backend import Tantivy, running

__all__ = ["Tantivy", "running"]
