"""What GraphQL shows of identity, made from its records."""
