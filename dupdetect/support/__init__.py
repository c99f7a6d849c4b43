"""Arrow and NumPy, temporary files, threads, dates."""
