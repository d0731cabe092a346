"""What changes the state of identity, one verb a file. Nothing in here commits."""
