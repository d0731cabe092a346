"""Programs, and the processes that they become."""
