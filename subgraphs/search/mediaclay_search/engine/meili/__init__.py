"""Meilisearch, a server of its own: for indexes that several processes search."""

from mediaclay_search.engine.meili.backend import Meili, running

__all__ = ["Meili", "running"]
