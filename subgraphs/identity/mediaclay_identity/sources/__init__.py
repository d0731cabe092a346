"""Other services that identity asks."""
