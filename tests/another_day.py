"""Runs tests as if they had been started at another instant.

    python -m tests.another_day 2027-12-31T23:40 -n 2 -m "not browser" tests/billing …

The instant is in UTC. The clocks of pytest, of the servers that it starts and of their children begin there and go on,
so that a test which holds only until a certain day fails before that day comes. Needs a C compiler. No other run may
use the folder of the servers (WELLNESS_HOME) meanwhile: they would keep the clock that they were started with. The times
of files stay those of today, so the test of what is swept away by its age fails (tests/files/test_storage.py).
"""

import datetime as dt
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCE = Path(__file__).with_name("shifted_clock.c")


def main(instant: str, tests: list[str]) -> int:
    with tempfile.TemporaryDirectory() as folder:
        # The servers' own account loads it too.
        Path(folder).chmod(0o755)
        library = Path(folder) / "shifted_clock.so"
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", library, SOURCE], check=True)
        begins = dt.datetime.fromisoformat(instant).replace(tzinfo=dt.UTC)
        shift = round((begins - dt.datetime.now(dt.UTC)).total_seconds())
        environment = os.environ | {"LD_PRELOAD": str(library), "CLOCK_SHIFT": str(shift)}
        return subprocess.run([sys.executable, "-m", "pytest", *tests], env=environment, check=False).returncode


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(__doc__)
    if shutil.which("cc") is None:
        sys.exit("there is no C compiler: apt-get install gcc libc6-dev")
    sys.exit(main(sys.argv[1], sys.argv[2:]))
