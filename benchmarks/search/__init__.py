"""Search, measured on WordNet beside PostgreSQL's full text, and judged by what it finds."""
