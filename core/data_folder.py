"""The folder for local data: photos, static files and, in development, the servers' data."""

import os
from pathlib import Path


def home() -> Path:
    """WELLNESS_HOME, else `.wellness` in the repository. Absolute; it need not exist."""
    chosen = os.environ.get("WELLNESS_HOME")
    return (Path(chosen).expanduser() if chosen else Path(__file__).parents[1] / ".wellness").resolve()
