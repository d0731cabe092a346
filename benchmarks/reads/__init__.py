"""Reads over HTTP, as clients send them, against the fastest peers of Node.js on the same tables: `make bench-reads`."""
