"""Floor 0: what every other part stands on. Imported through the packages above, never by users."""
