"""FCM HTTP v1 on this machine, with the token endpoint of the service account; answers as told.

    with FCM() as fcm:
        fcm.account                     a service account whose token_uri leads here, as JSON
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


class FCM:
    def __init__(self, *, slow_seconds: float = 0.3) -> None:
        self.answers: dict[str, list[object]] = {}
        self.sent: list[dict] = []
        self.asked: list[str] = []
        self.tokens_given = 0
        self.slow_seconds = slow_seconds
        self._lock = threading.Lock()
        fcm = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.path == "/token":
                    fcm.tokens_given += 1
                    return self.reply(200, {"access_token": ACCESS_TOKEN, "expires_in": 3600, "token_type": "Bearer"})
                if self.headers["Authorization"] != f"Bearer {ACCESS_TOKEN}":
                    return self.reply(401, {"error": {"code": 401, "status": "UNAUTHENTICATED"}})
                return self.message(json.loads(body)["message"])

            def message(self, message):
                answer = fcm.next_answer(message["token"])
                if answer == "slow":
                    time.sleep(fcm.slow_seconds)
                    answer = 200
                if answer == "drop":
                    # Taken, and the answer lost on the way.
                    fcm.keep(message)
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return None
                if answer != 200:
                    detail = {"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": CODES.get(answer)}
                    error = {"error": {"code": answer, "details": [detail] if answer in CODES else []}}
                    return self.reply(answer, error, {"Retry-After": "7"} if answer == 429 else {})
                fcm.keep(message)
                return self.reply(200, {"name": "projects/local/messages/1"})

            def reply(self, status, value, headers=None):
                raw = json.dumps(value).encode()
                self.send_response(status)
                for key, text in {"Content-Type": "application/json", "Content-Length": str(len(raw)), **(headers or {})}.items():
                    self.send_header(key, text)
                self.end_headers()
                self.wfile.write(raw)

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
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

    def keep(self, message: dict) -> None:
        with self._lock:
            self.sent.append(message)
