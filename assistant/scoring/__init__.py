"""How good a classifier is: scores, the commands that measure them, and their pictures."""
