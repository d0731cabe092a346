"""Subgraphs with data in them, to be asked generated operations."""
