"""The same work done by other libraries."""
