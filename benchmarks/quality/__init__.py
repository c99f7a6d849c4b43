"""Results held against labelled pairs and clusters."""
