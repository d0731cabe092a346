"""One batch function for each access path, answering in the order of its keys. Authority is checked here."""
