"""The commands of `clay`, one module each."""
