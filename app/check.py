"""What a look at one part of an installation found."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. `mend` says what to do, empty where nothing is to be done."""

    name: str
    status: Literal["ok", "warning", "failed"]
    message: str
    mend: str = ""
