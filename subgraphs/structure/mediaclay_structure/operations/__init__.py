"""One file for each change of state, named by its verb: a command in, a record out. They know no transport."""
