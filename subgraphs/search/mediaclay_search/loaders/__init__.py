"""How nodes are found."""
