"""Times of single kernels, stages and commands."""
