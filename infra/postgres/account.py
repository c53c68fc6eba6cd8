"""Under which account an embedded server runs: Postgres refuses to run as root."""

import logging
import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import Permanent

logger = logging.getLogger(__name__)

SERVANT = "footnote-postgres"
NO_ROOT = "Postgres does not run as root, and no system user could be made for it. Start Footnote as an ordinary user."


@dataclass(frozen=True, slots=True)
class Account:
    """The user and group that own the data folder and run the server; `None` for our own."""

    user: int | None = None
    group: int | None = None

    @property
    def popen(self) -> dict[str, object]:
        """Arguments for `subprocess` that run a program under this account."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def own(self, folder: Path) -> None:
        """Make the folder, private to this account, and let the account reach it."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if self.user is not None and self.group is not None:
            os.chown(folder, self.user, self.group)
            self.reach(folder)

    def share(self, file: Path) -> None:
        """Give a file to this account."""
        if self.user is not None and self.group is not None:
            os.chown(file, self.user, self.group)

    def reach(self, path: Path) -> None:
        """Let the account pass through (not list) the folders above a path."""
        if self.user is None:
            return
        for folder in path.parents:
            mode = folder.stat().st_mode
            if not mode & stat.S_IXOTH and folder.stat().st_uid != self.user:
                logger.info("letting the database's user pass through a folder", extra={"folder": str(folder)})
                folder.chmod(mode | stat.S_IXOTH)


def server_account() -> Account:
    """Our own account, or, for root, that of a system user made for the purpose."""
    if os.geteuid() != 0:
        return Account()
    try:
        entry = pwd.getpwnam(SERVANT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--user-group", "--shell", "/usr/sbin/nologin", SERVANT]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError) as error:
            raise Permanent(NO_ROOT) from error
        entry = pwd.getpwnam(SERVANT)
    return Account(entry.pw_uid, entry.pw_gid)
