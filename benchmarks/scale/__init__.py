"""Cost against the number of stories."""
