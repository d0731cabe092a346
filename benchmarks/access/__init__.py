"""What it costs to ask for grants."""
