"""Decodes text files without guessing more than is certain."""

import codecs

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_PRINTED_CONTROLS = frozenset("\t\n\v\f\r")


def decode_text(data: bytes, complete: bool = True) -> str | None:
    """The text of a file in UTF-8, in UTF-16 or UTF-32 with a byte order mark, or in Windows-1252.

    Args:
        data: The file's bytes, or its first ones.
        complete: Whether `data` is the whole file; else a character cut at its end is left out.

    Returns:
        The text, or `None` when the bytes are not text: they decode in none of these or hold control characters.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _printable(_decoded(data[len(mark) :], encoding, complete))
    text = _decoded(data, "utf-8", complete)
    return _printable(text if text is not None else _decoded(data, "cp1252", complete))


def _decoded(data: bytes, encoding: str, complete: bool) -> str | None:
    try:
        return codecs.getincrementaldecoder(encoding)().decode(data, complete)
    except UnicodeDecodeError:
        return None


def _printable(text: str | None) -> str | None:
    if text is None:
        return None
    text = text.rstrip("\x1a\x00") if len(text.rstrip("\x1a\x00")) > len(text) - 3 else text
    controls = {character for character in set(text) if character < " " or "\x7f" <= character < "\x85"}
    return None if controls - _PRINTED_CONTROLS else text
