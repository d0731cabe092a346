"""The rules of the tree, without I/O: sibling keys, labels, and the order of a branch."""
