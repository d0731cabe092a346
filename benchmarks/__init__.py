"""Ratios against peers and against ourselves, each measured side by side in one run: `make bench`."""
