"""What registered kinds ask of their nodes: JSON Schemas that are bounded in what they cost, and allowed children."""
