"""Numbered .sql files: forward only, and never changed once they were applied anywhere."""
