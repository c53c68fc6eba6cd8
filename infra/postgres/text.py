"""What Postgres can store as text."""

import re

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with one replacement character for each NUL and lone surrogate, so that offsets hold."""
    return UNSTORABLE.sub("\ufffd", text)
