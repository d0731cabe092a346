"""The tables of identity, in numbered files."""
