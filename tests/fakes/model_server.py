"""A fake of an OpenAI-compatible chat server, with scripted answers and real HTTP.

with ModelServer() as model:
    settings.OPENAI_BASE_URL = model.url
    model.answers = [429, "slow", "cut", "drop", ok]
    model.requests                  what was asked, as JSON
    model.tokens                    what was charged

An answer is a status, one of the words below, a dict with title and body, or a function of the request that gives one. With none left it
writes a good letter from the facts and the step of the prompt, as a model would.
"""

import json
import re
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


def letter(request):
    """A letter that says the first fact and the step of the prompt."""
    user = request["messages"][1]["content"]
    fact = re.search(r"^- (.+)$", user, re.MULTILINE)[1]
    step = user.strip().splitlines()[-1]
    korean = bool(re.search("[가-힣]", fact))
    return {"title": "기록을 같이 봤어요" if korean else "A look at your record", "body": f"{fact} {step}"}


def json_of(value):
    return json.dumps(value, ensure_ascii=False)


COMPLETION = {"id": "chatcmpl-local", "object": "chat.completion", "created": 1, "model": "fake-model"}
CALL = {"id": "c", "type": "function", "function": {"name": "delete_habits", "arguments": "{}"}}
# Content, finish reason, and more of the message.
ANSWERS = {
    # Ends inside the JSON, as when the tokens run out; or the same without saying so.
    "cut": lambda request: (json_of(letter(request))[:30], "length", {}),
    "cut silently": lambda request: (json_of(letter(request))[:30], "stop", {}),
    "half a syllable": lambda request: (json_of(letter(request) | {"title": "기록을 같\ufffd"}), "stop", {}),
    "loose jamo": lambda request: (json_of(letter(request) | {"title": "기록을 ㄱㅏ"}), "stop", {}),
    "tool call": lambda _request: (None, "tool_calls", {"tool_calls": [CALL]}),
    "refusal": lambda _request: (None, "stop", {"refusal": "I can't help with that."}),
    "prose": lambda _request: ("물론이죠, 여기 편지가 있어요.", "stop", {}),
    "more keys": lambda request: (json_of(letter(request) | {"act": "delete"}), "stop", {}),
    "nothing": lambda _request: (None, "stop", {}),
}
RAW = {
    "not json": (b"<html>proxy error</html>", "text/html"),
    # Ends inside the bytes of a syllable.
    "broken bytes": (json_of({"choices": "기록"}).encode()[:-4], "application/json"),
}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    model: "ModelServer"

    def log_message(self, *_):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer = self.model.next_answer(body, self.headers)
        if callable(answer) and not self.path.endswith("/moderations"):
            answer = answer(body)
        if self.path.endswith("/moderations"):
            self.reply(200, {"id": "m", "model": "moderation", "results": [{"flagged": self.model.flags}]})
        elif isinstance(answer, int):
            self.reply(answer, {"error": {"message": "scripted", "type": "error", "code": None}})
        elif answer == "drop":
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        elif answer == "slow":
            time.sleep(self.model.slow_seconds)
            self.complete(letter(body))
        else:
            self.complete(answer, request=body)

    def complete(self, answer, *, request=None):
        if isinstance(answer, str) and answer in RAW:
            self.raw(200, *RAW[answer])
            return
        tokens_in, tokens_out = self.model.charge()
        content, reason, more = ANSWERS[answer](request) if isinstance(answer, str) else (json_of(answer), "stop", {})
        message = {"role": "assistant", "content": content, "refusal": None, **more}
        choice = {"index": 0, "message": message, "finish_reason": reason, "logprobs": None}
        usage = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
        self.reply(200, COMPLETION | {"choices": [] if answer == "nothing" else [choice], "usage": usage})

    def reply(self, status, value):
        self.raw(status, json.dumps(value, ensure_ascii=False).encode(), "application/json")

    def raw(self, status, body, content_type):
        try:
            self.send_response(status)
            self.send_header("Content-Type", content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        except OSError:
            # The client did not wait, or was killed.
            self.close_connection = True


class ModelServer:
    def __init__(self, *, slow_seconds=1.5, tokens=(500, 60)):
        self.answers = []
        self.requests = []
        self.headers = []
        self.flags = False
        self.slow_seconds = slow_seconds
        self.tokens = (0, 0)
        self.charged = 0
        self._each = tokens
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"model": self}))
        self._server.daemon_threads = True
        self._server.request_queue_size = 64
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def next_answer(self, body, headers):
        with self._lock:
            self.requests.append(body)
            self.headers.append(dict(headers))
            return self.answers.pop(0) if self.answers else letter

    def charge(self):
        with self._lock:
            self.charged += 1
            self.tokens = (self.tokens[0] + self._each[0], self.tokens[1] + self._each[1])
        return self._each

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
