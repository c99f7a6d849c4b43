"""Made-up stories with labelled copies, any number of them."""
