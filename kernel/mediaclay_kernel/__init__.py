"""The mechanism that every MediaClay subgraph uses. It knows no GraphQL type of the domain and no business rule."""
