"""What verifying an access token costs, for each sort of token."""
