"""Text of others in Markdown."""


def value(what: object) -> str:
    """A value as code; none in words."""
    from config.azure.words import in_word

    return "nothing" if what is None else code(in_word(what))


def code(words: str) -> str:
    """Text as code, in one line and not too long."""
    if words == "nothing":
        return words
    text = " ".join(words.split()).replace("`", "'")
    return f"`{text if len(text) <= 300 else f'{text[:290]}…'}`"


def escaped(text: str) -> str:
    """Text that Markdown takes for nothing else."""
    return "".join(f"\\{c}" if c in "\\`*<>|[]#@" else c for c in text)
