"""What a check says."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """`advice` says what to do; only a problem makes `clay doctor` fail."""

    subject: str
    found: str
    problem: bool = False
    advice: str = ""
