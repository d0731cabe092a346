"""Declare where a field comes from: Strawberry's resolvers and a compiled plan are derived from it.

Nothing in here knows MediaClay.
"""

from mediaclay_kernel.plan.declare import column, follows, path, shows
from mediaclay_kernel.plan.loaders import Loaders
from mediaclay_kernel.plan.needs import EVERYTHING, Needs
from mediaclay_kernel.plan.sources import Answering, Finished, Followed, nothing

__all__ = [
    "EVERYTHING",
    "Answering",
    "Finished",
    "Followed",
    "Loaders",
    "Needs",
    "column",
    "follows",
    "nothing",
    "path",
    "shows",
]
