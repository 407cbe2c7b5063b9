"""Recordings with a known emotion: indexing them, reading them, dividing them by speaker."""
