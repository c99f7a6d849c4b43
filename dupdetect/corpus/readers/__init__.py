"""One reader a format: bytes, tables or objects -> batches of stories."""
