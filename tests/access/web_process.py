"""A web process that serves the given pages, and prints what it has loaded.

Reads one JSON object: `cookies` and `paths`. Prints another: the status of each path, the loaded modules.
"""

import json
import sys


def main() -> None:
    asked = json.load(sys.stdin)
    from django.test import Client

    import wellness.wsgi  # noqa: F401

    browser = Client(raise_request_exception=False, SERVER_NAME="localhost")
    browser.cookies.load(asked["cookies"])
    statuses = {path: browser.get(path, headers={"HX-Request": "true"}).status_code for path in asked["paths"]}
    statuses |= {f"{path} again": browser.get(path).status_code for path in asked["paths"]}
    sys.stdout.write(json.dumps({"statuses": statuses, "modules": sorted(sys.modules)}))


if __name__ == "__main__":
    main()
