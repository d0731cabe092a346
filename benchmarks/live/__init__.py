"""How soon, how often and at what price subscribers are told."""
