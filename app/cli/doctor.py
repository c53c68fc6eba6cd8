"""`footnote doctor`."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from app.cli.failures import DONE, FAILED
from app.cli.options import Json
from app.cli.output import Output
from app.cli.session import session

if TYPE_CHECKING:
    from app.check import Check

SIGNS = {"ok": "ok     ", "warning": "warning", "failed": "FAILED "}


def doctor(context: typer.Context, as_json: Json = False) -> None:
    """Check every part, and say how to mend what is wrong."""
    from app.doctor import Doctor

    here = session(context)
    output = Output(as_json)
    checks = []
    for check in Doctor(here.settings(), here.open).checks():
        checks.append(check)
        output.text(_line(check))
    sound = all(check.status != "failed" for check in checks)
    verdict = "Everything needed is there." if sound else "Something needs mending."
    output.result({"ok": sound, "checks": [asdict(check) for check in checks]}, f"\n{verdict}")
    raise typer.Exit(DONE if sound else FAILED)


def _line(check: "Check") -> str:
    mend = f"\n{' ' * 25}→ {check.mend}" if check.mend else ""
    return f"{SIGNS[check.status]}  {check.name.ljust(14)}  {check.message}{mend}"
