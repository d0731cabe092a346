"""The `clay` command: starts, checks and fills a MediaClay instance. It knows no subgraph by name."""
