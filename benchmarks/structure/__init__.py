"""The structure subgraph: its operations and reads as the product runs them, beside other ways to keep a tree."""
