"""Search inside any branch: the search subgraph of MediaClay."""
