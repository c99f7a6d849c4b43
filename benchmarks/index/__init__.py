"""What an index costs and finds, against a run over everything and datasketch's MinHashLSH."""
