"""What goes wrong with a language model server, each with what to do about it."""

from ingest.errors import Transient


class ModelServerAway(Transient):
    """The server is not reachable, too slow, or returns what cannot be used."""

    message = "The language model server cannot be used at the moment."


class Unreachable(ModelServerAway):
    """No connection, or one that broke before a reply."""

    message = (
        "The language model server cannot be used at the moment: no connection to it. Check FOOTNOTE_LLM_URL, and that"
        " the server runs."
    )


class BrokenOff(Unreachable):
    """The connection broke in the middle of a reply."""

    message = (
        "The language model server cannot be used at the moment: it broke off in the middle of its reply. Its log says"
        " why."
    )


class TooSlow(ModelServerAway):
    """No answer in time."""

    message = (
        "The language model server cannot be used at the moment: it took too long. Give it fewer users at a time or a"
        " smaller model, or raise FOOTNOTE_LLM_TIMEOUT_S."
    )


class Busy(ModelServerAway):
    """The server, or this process' share of it, has too much to do.

    Args:
        wait_s: Seconds after which the server asks to be tried again, where it said so.
    """

    message = "The language model server cannot be used at the moment: it has too much to do. Try again shortly."

    def __init__(self, message: str | None = None, wait_s: float | None = None) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Resting(ModelServerAway):
    """The server failed several times in a row."""

    message = (
        "The language model server cannot be used at the moment: it failed several times and is left alone for some"
        " seconds. footnote doctor says what is wrong."
    )


class Refused(ModelServerAway):
    """The server refuses what it is asked: a wrong key, an unknown model, an unknown field."""

    message = (
        "The language model server cannot be used at the moment: it refuses the request. Check FOOTNOTE_LLM_MODEL and"
        " FOOTNOTE_LLM_API_KEY; footnote doctor says more."
    )


class Rejected(Refused):
    """The server does not take a field of the request, or its value."""


class ServerFault(ModelServerAway):
    """The server failed by its own word (5xx)."""

    message = "The language model server cannot be used at the moment: it failed while answering. Its log says why."


class PromptTooLong(ModelServerAway):
    """The prompt does not fit into the model's context.

    Args:
        context: The context length in tokens, where the server told it.
    """

    message = (
        "The language model server cannot be used at the moment: question and evidence do not fit into the model's"
        " context. Serve the model with a longer context, or lower FOOTNOTE_EVIDENCE_HITS."
    )

    def __init__(self, message: str | None = None, context: int | None = None) -> None:
        super().__init__(message)
        self.context = context


class Unusable(ModelServerAway):
    """The reply is not what was asked for: no JSON of the agreed form, or lines that were not offered."""

    message = (
        "The language model server cannot be used at the moment: its reply was not of the agreed form. Use a server"
        " with structured output, or a larger model; footnote doctor says what the server can do."
    )


class CutOff(ModelServerAway):
    """The model wrote until it was stopped."""

    message = (
        "The language model server cannot be used at the moment: the model did not come to an end. Use a larger model."
    )
