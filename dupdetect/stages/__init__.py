"""What is done with stories: one module a stage, each with its own rules."""
