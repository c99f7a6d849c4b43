"""What an index costs and finds, beside a run over everything and datasketch's MinHashLSH."""
