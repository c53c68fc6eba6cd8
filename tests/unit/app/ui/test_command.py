import sys
import tomllib
from pathlib import Path

from app.settings import Settings
from app.ui.command import streamlit_command

ASSETS = Path(__file__).parents[4] / "app" / "ui" / "assets"


def options(command: list[str]) -> dict[str, str]:
    return dict(part.removeprefix("--").split("=", 1) for part in command if part.startswith("--"))


def test_the_command_serves_the_page_where_the_settings_say() -> None:
    command = streamlit_command(Settings(ui_port=8599, upload_limit_mb=77))
    assert command[:5] == [sys.executable, "-P", "-m", "streamlit", "run"]
    assert Path(command[5]).is_file()
    given = options(command)
    assert given["server.address"] == "127.0.0.1"
    assert given["server.port"] == "8599"
    assert given["server.maxUploadSize"] == "77"
    assert given["browser.gatherUsageStats"] == "false"
    assert given["server.headless"] == "true"
    assert given["client.showErrorDetails"] == "none"


def test_every_option_is_known_to_streamlit() -> None:
    from streamlit import config

    assert set(options(streamlit_command(Settings()))) <= set(config.get_config_options())


def test_the_theme_fetches_nothing() -> None:
    theme = Path(options(streamlit_command(Settings()))["theme.base"])
    assert tomllib.loads(theme.read_text())["theme"]["light"]["backgroundColor"]
    for file in [theme, *theme.parent.joinpath("assets").iterdir()]:
        text = file.read_text()
        assert "https://" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")


def test_scripts_never_parse_text_as_html() -> None:
    scripts = list(ASSETS.glob("*.js"))
    for script in scripts:
        text = script.read_text()
        for name in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
            assert name not in text, f"{name} in {script.name}"
    assert len(scripts) >= 5
