"""What Postgres can store as text."""


def storable(text: str) -> str:
    """The text without NUL characters and lone surrogates; each becomes one replacement character, so offsets hold."""
    if "\x00" not in text and text.isascii():
        return text
    return text.replace("\x00", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
