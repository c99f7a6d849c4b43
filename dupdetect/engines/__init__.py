"""In which order the stages run, and where."""
