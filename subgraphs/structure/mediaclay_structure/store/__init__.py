"""All SQL of the structure subgraph: one named function for each statement, each taking many keys where it can."""
