"""Servers that come with the package, each replaced by its address in the environment."""
