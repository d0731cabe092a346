"""What identity asks itself, in the forms in which others ask it over HTTP."""
