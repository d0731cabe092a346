"""Whole answers, kept until a change says otherwise. docs/caching.md has the reasons."""

from mediaclay_kernel.cache.results import Filled, ResultCache, scope_of
from mediaclay_kernel.cache.serving import running
from mediaclay_kernel.cache.tags import Tag

__all__ = ["Filled", "ResultCache", "Tag", "running", "scope_of"]
