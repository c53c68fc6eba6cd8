"""The command line that serves the web page."""

import sys
from importlib.resources import files
from pathlib import Path

from app.settings import Settings


def streamlit_command(settings: Settings) -> list[str]:
    """The full command that serves the web page on `settings.ui_host:settings.ui_port`.

    Every option is on the command line, so that no configuration file is needed and none in the working directory
    changes what is served to whom.

    Args:
        settings: Where to listen, and the upload limit.

    Returns:
        Program and arguments; settings reach the page through the environment.
    """
    folder = Path(str(files("app.ui")))
    options = {
        "server.address": settings.ui_host,
        "server.port": str(settings.ui_port),
        "server.headless": "true",
        "server.maxUploadSize": str(settings.upload_limit_mb),
        "server.fileWatcherType": "none",
        "server.runOnSave": "false",
        "server.enableCORS": "true",
        "server.enableXsrfProtection": "true",
        "server.enableAgentApi": "false",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": settings.ui_host,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",
        "runner.magicEnabled": "false",
        "logger.level": "warning",
        "theme.base": str(folder / "theme.toml"),
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-P", "-m", "streamlit", "run", str(folder / "main.py"), *flags]
