"""The trees that are measured on."""
