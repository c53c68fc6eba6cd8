"""Who writes answers, as the settings say."""

from contextlib import ExitStack

from app.settings import Settings
from generation.ports import Drafter
from generation.quotes import QuoteDrafter
from infra.llm import Connection, ModelServers, OpenAiDrafter


def connection(settings: Settings, urls: str) -> Connection:
    """How to reach the model servers at these addresses."""
    return Connection(
        urls=urls,
        api_key=settings.llm_api_key.get_secret_value() if settings.llm_api_key else None,
        timeout_s=settings.llm_timeout_s,
        silence_s=min(settings.llm_silence_s, settings.llm_timeout_s),
        tries=settings.llm_tries,
        in_flight=settings.llm_in_flight,
    )


def drafters(settings: Settings, resources: ExitStack) -> tuple[Drafter, Drafter | None]:
    """The drafter, and a smaller one for easy questions where one is set.

    Args:
        settings: Which models.
        resources: Closes the connections.
    """
    if not settings.llm_url:
        return QuoteDrafter(), None
    servers = resources.enter_context(ModelServers(connection(settings, settings.llm_url)))
    drafter = OpenAiDrafter(servers, settings.llm_model, settings.llm_context)
    if settings.llm_small_url:
        near = resources.enter_context(ModelServers(connection(settings, settings.llm_small_url)))
        return drafter, OpenAiDrafter(near, settings.llm_small_model)
    if settings.llm_small_model:
        return drafter, OpenAiDrafter(servers, settings.llm_small_model)
    return drafter, None
