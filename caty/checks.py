"""What must not reach production is refused at start, by name."""
