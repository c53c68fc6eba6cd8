"""Where the page is served, and whether it is."""

import errno
import socket

import httpx

from app.settings import Settings
from ingest.errors import Permanent

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "[::1]", "": "127.0.0.1"}


class PortInUse(Permanent):
    """Another program listens there."""


def page_url(settings: Settings) -> str:
    """The address for a browser on this machine."""
    host = EVERYWHERE.get(settings.ui_host, settings.ui_host)
    return f"http://{f'[{host}]' if ':' in host and not host.startswith('[') else host}:{settings.ui_port}"


def check_free(settings: Settings) -> None:
    """See that the page can be served.

    Raises:
        PortInUse: Somebody listens on the port. Permanent: It cannot be used for another reason.
    """
    family = socket.AF_INET6 if ":" in settings.ui_host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.ui_host, settings.ui_port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise PortInUse(
                    f"Port {settings.ui_port} is in use. Set FOOTNOTE_UI_PORT or stop the other program."
                ) from error
            raise Permanent(
                f"The page cannot be served on {settings.ui_host}:{settings.ui_port}: {error.strerror}. "
                "Set FOOTNOTE_UI_HOST and FOOTNOTE_UI_PORT."
            ) from error


def is_served(settings: Settings) -> bool:
    """Whether Footnote's page answers."""
    try:
        answer = httpx.get(f"{page_url(settings)}/_stcore/health", timeout=2.0, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == httpx.codes.OK
