"""Real data sets to begin with: `almanac` lies in this package, `wordnet` and `ncbi` are fetched by package name."""

from __future__ import annotations

from difflib import get_close_matches

from mediaclay_kernel.errors import BadUserInput

from mediaclay_structure.samples.almanac import ALMANAC
from mediaclay_structure.samples.ncbi import NCBI
from mediaclay_structure.samples.sample import Progress, Sample, node_id
from mediaclay_structure.samples.wordnet import WORDNET

__all__ = ["ALMANAC", "NCBI", "SAMPLES", "WORDNET", "Progress", "Sample", "node_id", "sample"]

SAMPLES = {each.slug: each for each in (ALMANAC, WORDNET, NCBI)}
"""Every sample, by its slug."""


def sample(slug: str) -> Sample:
    """The sample of that slug. Raises BadUserInput naming the nearest."""
    if slug in SAMPLES:
        return SAMPLES[slug]
    near = get_close_matches(slug.lower(), SAMPLES, n=1)
    hint = f"the nearest is {near[0]!r}" if near else f"there are {', '.join(SAMPLES)}"
    raise BadUserInput(f"There is no sample {slug[:60]!r}; {hint}.")
