"""A fake SMTP server that takes mails, or refuses every password.

with MailServer() as server:            refuses; with `password` it takes mails of whom knows it
    server.options                      for `settings.MAILERS`
    server.taken                        the mails that it took, in order
"""

import base64
import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage

PASSWORD = "old"


class _Handler(socketserver.StreamRequestHandler):
    server: "_Server"

    def handle(self):
        knows = False
        self.say("220 fake")
        for line in self.rfile:
            command, _, rest = line.strip().partition(b" ")
            match command.upper():
                case b"EHLO":
                    self.say("250-fake")
                    self.say("250 AUTH PLAIN")
                case b"AUTH":
                    knows = self.server.is_right(rest.split()[-1])
                    self.say("235 welcome" if knows else "535 5.7.8 Authentication credentials invalid")
                case b"QUIT":
                    self.say("221 bye")
                case b"DATA" if knows:
                    self.say("354 go on")
                    self.server.take(self.mail())
                    self.say("250 taken")
                case _:
                    self.say("250 well" if knows else "530 5.7.0 Authentication required")

    def mail(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line[1:] if line.startswith(b"..") else line for line in lines)

    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, password: str | None):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.password = password
        self.taken: list[EmailMessage] = []

    def is_right(self, plain: bytes) -> bool:
        return base64.b64decode(plain).split(b"\0")[-1].decode() == self.password

    def take(self, raw: bytes) -> None:
        self.taken.append(message_from_bytes(raw, policy=policy.default))


class MailServer:
    def __init__(self, password: str | None = None):
        self._server = _Server(password)

    @property
    def options(self) -> dict:
        host, port = self._server.server_address
        return {"host": host, "port": port, "username": "us", "password": PASSWORD, "timeout": 5}

    @property
    def taken(self) -> list[EmailMessage]:
        return self._server.taken

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
