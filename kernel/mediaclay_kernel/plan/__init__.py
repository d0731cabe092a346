"""Declare where a field comes from: Strawberry's resolvers and a compiled plan are derived from it.

Nothing in here knows MediaClay.
"""

from mediaclay_kernel.plan.declare import column, path, shows
from mediaclay_kernel.plan.loaders import Loaders
from mediaclay_kernel.plan.needs import EVERYTHING, Needs
from mediaclay_kernel.plan.sources import Answering, Finished, nothing

__all__ = ["EVERYTHING", "Answering", "Finished", "Loaders", "Needs", "column", "nothing", "path", "shows"]
