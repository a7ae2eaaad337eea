"""Why a command couldn't do its work."""


class Failure(Exception):
    """One sentence for people."""
