"""A fake Web Push service that decrypts messages as a browser would and records them.

    with PushService(vapid_public_key) as service:
        service.subscription("a")       a browser's endpoint and keys, as JSON
        service.answers["a"] = 410      from now on; a list is used up one by one, None drops the connection
        service.taken                   the accepted messages, in order

Like the real ones it rejects messages that are not signed by the right key or not encrypted for this browser.
"""

import base64
import json
import os
import socket
import threading
import time
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass(frozen=True)
class Taken:
    name: str
    message: dict
    ttl: int
    topic: str
    urgency: str


def encode(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class PushService:
    def __init__(self, vapid_public_key: str, *, port: int = 0, seconds: float = 0) -> None:
        self.vapid_public_key = vapid_public_key
        self.answers: dict[str, Any] = {}
        self.seconds = seconds  # before each answer
        self.gathering: threading.Barrier | None = None  # answers nobody before so many ask at the same time
        self.taken: list[Taken] = []
        self.asked: list[str] = []
        self._browser = ec.generate_private_key(ec.SECP256R1())
        self._secret = os.urandom(16)
        self._lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                name = self.path.rpartition("/")[2]
                status, headers = service.handle(name, body, self.headers)
                if status is None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                try:
                    self.send_response(status)
                    for key, value in {"Content-Length": "0", **headers}.items():
                        self.send_header(key, value)
                    self.end_headers()
                except OSError:
                    pass  # the client disconnected

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass  # a worker was killed during the request

        self._server = Server(("127.0.0.1", port), Handler)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def subscription(self, name: str) -> str:
        point = self._browser.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        keys = {"p256dh": encode(point), "auth": encode(self._secret)}
        return json.dumps({"endpoint": f"{self.origin}/push/{name}", "keys": keys})

    def handle(self, name: str, body: bytes, headers) -> tuple[int | None, dict[str, str]]:
        with self._lock:
            self.asked.append(name)
            answer = self.answers.get(name, 201)
            if isinstance(answer, list):
                answer = answer.pop(0) if answer else 201
        time.sleep(self.seconds)
        if self.gathering:
            self.gathering.wait()
        extra = {}
        if isinstance(answer, tuple):
            answer, extra = answer
        if answer is None or answer >= 300:
            return answer, extra
        taken = Taken(
            name,
            self._decrypt(body),
            int(headers["TTL"]),
            headers["Topic"],
            headers["Urgency"],
        )
        if not self._signed(headers["Authorization"]):
            return 403, {}
        with self._lock:
            self.taken.append(taken)
        return answer, extra

    def _decrypt(self, body: bytes) -> dict:
        plain = http_ece.decrypt(body, private_key=self._browser, auth_secret=self._secret, version="aes128gcm")
        return json.loads(plain)

    def _signed(self, authorization: str) -> bool:
        token, _, key = authorization.removeprefix("vapid t=").partition(",k=")
        point = base64.urlsafe_b64decode(self.vapid_public_key + "==")
        public_key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        claims = jwt.decode(token, public_key, algorithms=["ES256"], audience=self.origin)
        return key == self.vapid_public_key and claims["sub"].startswith("mailto:")
