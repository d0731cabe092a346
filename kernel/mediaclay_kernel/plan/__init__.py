"""Declare where a field comes from: Strawberry's resolvers are derived from it. Nothing in here knows MediaClay."""

from mediaclay_kernel.plan.declare import Loaders, column, path, shows

__all__ = ["Loaders", "column", "path", "shows"]
