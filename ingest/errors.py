"""The one error tree of the project: transient errors are tried again, permanent ones are told to the person."""


class FootnoteError(Exception):
    """Base of all errors that a person may read. The message says what is wrong and what to do."""

    message = "Something went wrong."

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.message)


class Transient(FootnoteError):
    """The same call may work later: a lost connection, a busy server, a full disk."""

    message = "A part of Footnote is not reachable at the moment. Try again shortly."


class Permanent(FootnoteError):
    """The same call will never work: the file or the question must change."""

    message = "This cannot be done."


class EmptyFile(Permanent):
    """A file of 0 bytes."""

    message = "The file is empty (0 bytes). Upload a file with content."


class TooLarge(Permanent):
    """A file over the upload limit."""

    message = "The file is larger than the upload limit."


class UnsupportedType(Permanent):
    """The content is none of the supported formats, whatever the name says."""

    message = "This is not a PDF, Word (.docx), Markdown or plain text file. Convert it to one of these."


class Damaged(Permanent):
    """The content cannot be read as the format it claims."""

    message = "The file is damaged and cannot be read. Open it in its own program and save it anew."


class PasswordProtected(Permanent):
    """An encrypted PDF that needs a password to open."""

    message = "The PDF is protected by a password. Save a copy without the password and upload that."


class NoPages(Permanent):
    """A PDF with no page."""

    message = "The PDF has no pages."


class NeedsOcr(Permanent):
    """Pages are pictures: there is no text layer."""

    message = "The PDF has no text layer (it looks like a scan): it needs OCR. Run OCR on it and upload the result."


class NoText(Permanent):
    """The file was read but yields no text."""

    message = "No text could be found in the file, so there is nothing to search."


class ChangedWhileReading(Transient):
    """The file was written to while it was being copied."""

    message = "The file changed while it was being read. Wait until it is no longer written to and try again."


class DiskFull(Transient):
    """No space left where Footnote keeps its state."""

    message = "The disk is full. Free some space where Footnote keeps its data and try again."


class NotFound(Permanent):
    """No such document for this scope."""

    message = "There is no such document."


class InvalidQuestion(Permanent):
    """A question that is empty or too long."""

    message = "Ask a question of 1 to 2,000 characters."


class Stopped(Permanent):
    """Nobody waits for the answer any more."""

    message = "The answer was stopped. Ask again."


class StoreMismatch(Permanent):
    """The index was built with another embedding model."""

    message = "The index was built with another embedding model. Run: footnote db rebuild-index"


class OutOfDate(Permanent):
    """An index has missed changes that are no longer known."""

    message = "The vector index has missed changes. Run: footnote db rebuild-index"


class InvalidVectors(Permanent):
    """Vectors that an index cannot hold or compare."""

    message = "The vectors are of another dimension, not finite, or zero."
