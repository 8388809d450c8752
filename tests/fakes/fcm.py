"""A fake of FCM HTTP v1 and its token endpoint, with scripted answers.

with FCM() as fcm:
    fcm.account                     a service account as JSON; its token_uri points here
    fcm.answers["token"] = [429, "slow", "drop", 200]
    fcm.sent                        the messages that were accepted
"""

import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ACCESS_TOKEN = "ya29.local"
CODES = {404: "UNREGISTERED", 400: "INVALID_ARGUMENT", 403: "SENDER_ID_MISMATCH", 429: "QUOTA_EXCEEDED"}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    fcm: "FCM"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/token" and self.fcm.refuses_account:
            self.reply(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        elif self.path == "/token":
            self.fcm.tokens_given += 1
            self.reply(200, {"access_token": ACCESS_TOKEN, "expires_in": 3600, "token_type": "Bearer"})
        elif self.headers["Authorization"] != f"Bearer {ACCESS_TOKEN}":
            self.reply(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
        else:
            self.message(json.loads(body)["message"])

    def message(self, message):
        answer = self.fcm.next_answer(message["token"])
        if answer == "slow":
            time.sleep(self.fcm.slow_seconds)
            answer = 200
        if answer in (200, "drop"):
            self.fcm.accept(message)
        if answer == "drop":
            # The message is accepted, and the response is lost.
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif answer == 200:
            self.reply(200, {"name": "projects/local/messages/1"})
        else:
            kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
            details = [{"@type": kind, "errorCode": CODES[answer]}] if answer in CODES else []
            error = {"error": {"code": answer, "details": details}}
            self.reply(answer, error, {"Retry-After": "7"} if answer == 429 else {})

    def reply(self, status, value, headers=None):
        raw = json.dumps(value).encode()
        self.send_response(status)
        headers = {"Content-Type": "application/json", "Content-Length": str(len(raw)), **(headers or {})}
        for key, text in headers.items():
            self.send_header(key, text)
        self.end_headers()
        self.wfile.write(raw)


class FCM:
    def __init__(self, *, slow_seconds: float = 0.3) -> None:
        self.answers: dict[str, list[object]] = {}
        self.sent: list[dict] = []
        self.asked: list[str] = []
        self.tokens_given = 0
        self.refuses_account = False
        self.slow_seconds = slow_seconds
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"fcm": self}))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    @property
    def account(self) -> str:
        key = rsa.generate_private_key(65537, 2048).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "type": "service_account",
                "project_id": "local",
                "private_key_id": "1",
                "private_key": key.decode(),
                "client_email": "push@local.iam.gserviceaccount.com",
                "token_uri": f"{self.url}/token",
            }
        )

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()

    def next_answer(self, token: str):
        with self._lock:
            self.asked.append(token)
            waiting = self.answers.get(token)
            return waiting.pop(0) if waiting else 200

    def accept(self, message: dict) -> None:
        with self._lock:
            self.sent.append(message)
