"""What passes between the stages: stories, lines, sketches, pairs, relations."""
