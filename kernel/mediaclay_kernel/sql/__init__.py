"""Migrations of the kernel's own tables, applied in the schema of each subgraph that has a database."""
