"""What identity asks: other services, and itself in the forms in which others ask it over HTTP."""
