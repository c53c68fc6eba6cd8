"""What a command is given: the settings and the way to the application, made only when it asks for them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import typer

if TYPE_CHECKING:
    from app.application import Application
    from app.settings import Settings


def _open(settings: Settings) -> AbstractContextManager[Application]:
    from app.home import prepare
    from app.logs import log_to_file

    prepare(settings.home)
    log_to_file(settings.home / "logs" / "cli.log", settings.log_level)

    from app.wiring import open_application

    return open_application(settings)


def _settings() -> Settings:
    from app.settings import Settings

    return Settings()


@dataclass(frozen=True, slots=True)
class Session:
    """The doors to the rest of Footnote.

    Attributes:
        settings: Reads the settings.
        open: Opens the application; loads nothing before it is called.
    """

    settings: Callable[[], Settings] = _settings
    open: Callable[[Settings], AbstractContextManager[Application]] = _open

    def application(self) -> AbstractContextManager[Application]:
        """The application under the current settings."""
        return self.open(self.settings())


def session(context: typer.Context) -> Session:
    """The session of a running command."""
    return cast(Session, context.obj)
