import sys

import pytest

from eval.extras import check_extra
from ingest.errors import Permanent


@pytest.mark.parametrize(("module", "package"), [("matplotlib", "matplotlib"), ("ir_measures", "ir-measures")])
def test_a_missing_package_is_told_with_what_to_run(module: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)

    with pytest.raises(Permanent, match=rf"Evaluation needs {package}\. Run: \.venv/bin/pip install -e '\.\[eval\]'"):
        check_extra()


def test_all_is_there_in_a_development_environment() -> None:
    check_extra()
