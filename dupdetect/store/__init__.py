"""What is kept between runs: stories, what was made of each, and what pairs were found to be."""
