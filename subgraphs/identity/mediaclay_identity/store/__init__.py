"""All SQL of identity, one named statement each."""
