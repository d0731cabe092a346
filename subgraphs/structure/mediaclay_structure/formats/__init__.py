"""Files of nodes, read and written line by line in constant memory: NDJSON (lossless) and CSV of paths."""
