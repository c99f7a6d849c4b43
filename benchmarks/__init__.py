"""Speed, memory and quality, measured so that anyone can repeat it."""
