"""Where the nodes come from: the structure subgraph, over HTTP."""
