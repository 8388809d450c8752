#!/usr/bin/env python
"""Django's command line.

Without a SECRET_KEY in the environment it speaks to the development servers.
"""

import os
import sys

from django.core.management import execute_from_command_line


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "wellness.settings")
    if "SECRET_KEY" not in os.environ:
        os.environ.setdefault("DEVELOPMENT", "1")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
