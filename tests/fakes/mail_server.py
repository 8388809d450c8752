"""A fake SMTP server that refuses every password.

with MailServer() as server:
    server.options                  for `settings.MAILERS`
"""

import socketserver
import threading


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.say("220 fake")
        for line in self.rfile:
            command = line.split()[0].upper()
            if command == b"EHLO":
                self.say("250-fake")
                self.say("250 AUTH PLAIN")
            elif command == b"AUTH":
                self.say("535 5.7.8 Authentication credentials invalid")
            else:
                self.say("221 bye" if command == b"QUIT" else "530 5.7.0 Authentication required")

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")


class MailServer:
    def __init__(self):
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True

    @property
    def options(self) -> dict:
        host, port = self._server.server_address
        return {"host": host, "port": port, "username": "us", "password": "old", "timeout": 5}

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
