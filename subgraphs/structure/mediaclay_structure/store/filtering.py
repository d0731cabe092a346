"""What all filtered lists of a process share: the predicates known to be good, and how many may be under way."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from mediaclay_structure.store.predicates import Predicates


@dataclass(frozen=True, slots=True)
class Filtering:
    """`seconds` is the time that the filtered lists of one field may take together.

    Only some of the connections take filtered lists, so that slow ones leave room for all other requests.
    """

    seconds: float = 5.0
    at_once: int = 5
    predicates: Predicates = field(default_factory=Predicates)
    turns: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "turns", asyncio.Semaphore(self.at_once))
