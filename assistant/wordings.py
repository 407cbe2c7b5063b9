"""Several wordings of one thing, so that a voice does not repeat itself."""


class Wordings:
    """Lines that say the same, said in turn: none comes twice in a row."""

    def __init__(self, *lines: str) -> None:
        """Take at least two lines; braces name what is filled in, such as ``{count}``.

        Raises:
            ValueError: there are fewer.
        """
        if len(lines) < 2:
            raise ValueError(f"wordings must be at least two, got {lines}")
        self.lines = lines
        self.n_said = 0
        """How many were said: a plugin that keeps it goes on there after a restart."""

    def next(self, **values: str) -> str:
        """Return the next line, filled in, with a capital letter at its beginning.

        Raises:
            KeyError: a value is missing.
        """
        line = self.lines[self.n_said % len(self.lines)].format(**values)
        self.n_said += 1
        return line[:1].upper() + line[1:]
