"""What GraphQL shows, made from records. Each field says where it comes from."""
