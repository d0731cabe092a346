"""The structure subgraph's own schema, in plain SQL, forward only."""
