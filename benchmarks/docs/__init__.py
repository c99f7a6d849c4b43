"""Makes the pictures and the figures that the documents show."""
