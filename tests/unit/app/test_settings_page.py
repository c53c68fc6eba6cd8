"""`docs/settings.md` names every setting, with its default."""

import json
import re
from pathlib import Path

import pytest

from app.settings import Settings

PAGE = (Path(__file__).parents[3] / "docs" / "settings.md").read_text()
ROWS = dict(re.findall(r"^\| `FOOTNOTE_([A-Z_]+)` \| (.+?) \|", PAGE, re.MULTILINE))


def test_no_setting_is_forgotten_or_made_up() -> None:
    assert sorted(ROWS) == sorted(name.upper() for name in Settings.model_fields)


@pytest.mark.parametrize(
    "name", [name for name, field in Settings.model_fields.items() if field.default_factory is None]
)
def test_the_default_is_right(name: str) -> None:
    default, shown = Settings.model_fields[name].default, ROWS[name.upper()]
    if default is None:
        assert not shown.startswith("`")
    else:
        text = json.dumps(default).strip('"').removesuffix(".0")
        assert shown == f"`{text}`"
