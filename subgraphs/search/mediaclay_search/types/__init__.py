"""What GraphQL shows."""
