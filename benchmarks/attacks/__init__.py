"""Hostile collections of stories, and what they cost."""
