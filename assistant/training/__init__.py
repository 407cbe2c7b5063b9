"""Training and evaluation of the emotion model; nothing at run time imports this."""
