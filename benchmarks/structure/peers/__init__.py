"""Other ways to keep the same tree: each makes its own table of our nodes, with the indexes it needs."""
