"""The real PostgreSQL and Redis that the tests use."""

import atexit
import fcntl
import os

from wellness import embedded
from wellness.embedded.places import make_folder


def use() -> None:
    """Have DATABASE_URL and REDIS_URL in the environment, of the embedded test servers unless somebody has set both.

    Processes started from here inherit them. The last suite that ends stops the servers.
    """
    if {"DATABASE_URL", "REDIS_URL"} <= os.environ.keys():
        return
    home = embedded.home()
    make_folder(home / "test")
    users = (home / "test" / "users.lock").open("a")
    fcntl.flock(users, fcntl.LOCK_SH)
    os.environ.update(embedded.start(home, profile="test").environment())

    @atexit.register
    def stop() -> None:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another suite is still running
        embedded.stop(home, profile="test")
