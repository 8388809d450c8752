"""Fakes of Kakao, Naver, Google and Apple: one server with each one's protocol and checks.

A code works once, for the client and address it was issued to; secrets, PKCE verifiers and Apple's signed secret are
checked; tokens expire, are refreshed and revoked. `server.person` is signed in at the provider.
"""

import base64
import dataclasses
import hashlib
import html
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from accounts.providers import PROVIDERS

CLIENT_ID, CLIENT_SECRET = "the-client", "the-secret"
APPLE_KEY_ID, APPLE_TEAM_ID = "KEY1234567", "TEAM123456"
ISSUERS = {"google": "https://accounts.google.com", "apple": "https://appleid.apple.com"}
NAMES = tuple(PROVIDERS)
_SIGNING = rsa.generate_private_key(65537, 2048)
_APPLE_CLIENT = ec.generate_private_key(ec.SECP256R1())
APPLE_PRIVATE_KEY = _APPLE_CLIENT.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
).decode()


@dataclasses.dataclass
class Person:
    """The person signed in at the provider.

    `verified` None: the provider may not share the address.
    """

    id: str = "1234567"
    email: str | None = "jiwoo@example.org"
    verified: bool = True
    valid: bool = True
    family_name: str = "김"
    given_name: str = "지우"

    @property
    def name(self) -> str:
        return self.family_name + self.given_name


class IdentityProviders(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.person = Person()
        self.refuses = False
        self.codes: dict[str, dict[str, str]] = {}
        self.access: dict[str, str] = {}
        self.refresh: dict[str, str] = {}
        self.revoked: list[tuple[str, str]] = []
        self.lifetime = 3600
        # Apple sends the name only with the first consent.
        self.told_name: set[str] = set()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def settings(self) -> dict[str, Any]:
        """SOCIALACCOUNT_PROVIDERS with all four switched on."""
        plain = {"client_id": CLIENT_ID, "secret": CLIENT_SECRET}
        apple = {
            "client_id": CLIENT_ID,
            "secret": APPLE_KEY_ID,
            "key": APPLE_TEAM_ID,
            "settings": {"certificate_key": APPLE_PRIVATE_KEY},
        }
        apps = {"apple": apple}
        return {name: {"APPS": [apps.get(name, plain)], **provider.options} for name, provider in PROVIDERS.items()}

    def point_at(self, monkeypatch) -> None:
        """The product's adapters talk to this server instead of the real ones."""
        for name, provider in PROVIDERS.items():
            monkeypatch.setattr(provider.adapter, "authorize_url", f"{self.base}/{name}/authorize")
            monkeypatch.setattr(provider.adapter, "access_token_url", f"{self.base}/{name}/token")
            monkeypatch.setattr(provider.adapter, "profile_url", f"{self.base}/{name}/me", raising=False)
            # Naver deletes at its token address.
            deed = "token" if name == "naver" else "revoke"
            monkeypatch.setattr(provider, "revoke_url", f"{self.base}/{name}/{deed}")
        monkeypatch.setattr(PROVIDERS["apple"].adapter, "public_key_url", f"{self.base}/apple/keys")


@contextmanager
def running() -> Iterator[IdentityProviders]:
    server = IdentityProviders()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class _Refused(Exception):
    """A request that violates the protocol; the text is the provider's error code."""


class _Conversation(BaseHTTPRequestHandler):
    server: IdentityProviders

    def log_message(self, *args) -> None:
        pass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        self._do(url.path, dict(parse_qsl(url.query)))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        self._do(urlsplit(self.path).path, dict(parse_qsl(body)))

    def _do(self, path: str, sent: dict[str, str]) -> None:
        _slash, provider, deed = [*path.split("/", 2), ""][:3]
        if provider not in NAMES:
            self._answer(b"", 204, {})  # a browser's favicon
            return
        try:
            getattr(self, f"_{deed}")(provider, sent)
        except _Refused as refused:
            # Naver answers 200 to everything.
            self._say({"error": str(refused)}, 200 if provider == "naver" else 400)

    # Per provider

    def _authorize(self, provider: str, sent: dict[str, str]) -> None:
        if sent["client_id"] != CLIENT_ID or sent["response_type"].split()[0] != "code":
            raise _Refused("invalid_request")
        if self.server.refuses:
            return self._return(provider, sent, {"error": "access_denied"})
        if provider == "apple" and sent.get("response_mode") != "form_post":
            raise _Refused("invalid_request")
        if provider == "google" and sent.get("code_challenge_method") != "S256":
            raise _Refused("invalid_request")
        code = secrets.token_urlsafe(12)
        self.server.codes[code] = {"provider": provider, **sent}
        return self._return(provider, sent, {"code": code})

    def _return(self, provider: str, sent: dict[str, str], answer: dict[str, str]) -> None:
        answer["state"] = sent["state"]
        if provider != "apple":
            self._answer(b"", 302, {"Location": f"{sent['redirect_uri']}?{urlencode(answer)}"})
            return
        person = self.server.person
        if "code" in answer:
            answer["id_token"] = self._id_token("apple")
            if person.id not in self.server.told_name:
                self.server.told_name.add(person.id)
                name = {"firstName": person.given_name, "lastName": person.family_name}
                answer["user"] = json.dumps({"name": name, "email": person.email})
        fields = "".join(
            f'<input type="hidden" name="{key}" value="{html.escape(value)}">' for key, value in answer.items()
        )
        page = (
            f'<form method="post" action="{html.escape(sent["redirect_uri"])}">{fields}<button>Continue</button></form>'
        )
        self._answer(page.encode(), 200, {"Content-Type": "text/html; charset=utf-8"})

    def _token(self, provider: str, sent: dict[str, str]) -> None:
        self._check_client(provider, sent)
        deeds = {"authorization_code": self._redeem, "refresh_token": self._renew, "delete": self._forget}
        deeds[sent["grant_type"]](provider, sent)

    def _redeem(self, provider: str, sent: dict[str, str]) -> None:
        asked = self.server.codes.pop(sent["code"], None)
        if asked is None or asked["provider"] != provider or asked["redirect_uri"] != sent["redirect_uri"]:
            raise _Refused("invalid_grant")
        if "code_challenge" in asked:
            digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
                raise _Refused("invalid_grant")
        said = self._new_tokens(provider) | {"refresh_token": self._new(self.server.refresh, provider)}
        if provider in ISSUERS:
            said["id_token"] = self._id_token(provider)
        self._say(said)

    def _renew(self, provider: str, sent: dict[str, str]) -> None:
        if self.server.refresh.get(sent["refresh_token"]) != provider:
            raise _Refused("invalid_grant")
        self._say(self._new_tokens(provider))

    def _forget(self, provider: str, sent: dict[str, str]) -> None:
        self.server.revoked.append((provider, sent["access_token"]))
        self._say({"access_token": sent["access_token"], "result": "success"})

    def _revoke(self, provider: str, sent: dict[str, str]) -> None:
        if provider == "kakao":
            token = self._bearer(provider)
        else:
            self._check_client(provider, sent)
            token = sent["token"]
        self.server.revoked.append((provider, token))
        if provider == "kakao":
            self._say({"id": int(self.server.person.id)})
        else:
            self._answer(b"", 200, {})

    def _me(self, provider: str, sent: dict[str, str]) -> None:
        self._bearer(provider)
        person = self.server.person
        if provider == "naver":
            profile = {"id": f"naver-{person.id}", "name": person.name, "email": person.email}
            known = {key: value for key, value in profile.items() if value is not None}
            self._say({"resultcode": "00", "message": "success", "response": known})
            return
        account: dict[str, Any] = {"profile": {"nickname": person.name}}
        if person.email:
            account |= {
                "email": person.email,
                "is_email_valid": person.valid,
                "is_email_verified": person.verified,
            }
        self._say({"id": int(person.id), "kakao_account": account})

    def _keys(self, provider: str, sent: dict[str, str]) -> None:
        key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(_SIGNING.public_key()))
        self._say({"keys": [key | {"kid": "k1", "alg": "RS256", "use": "sig"}]})

    # Shared

    def _check_client(self, provider: str, sent: dict[str, str]) -> None:
        secret = sent.get("client_secret", "")
        if provider == "apple":
            claims = jwt.decode(
                secret, _APPLE_CLIENT.public_key(), ["ES256"], audience=ISSUERS["apple"], issuer=APPLE_TEAM_ID
            )
            known = jwt.get_unverified_header(secret)["kid"] == APPLE_KEY_ID and claims["sub"] == CLIENT_ID
        else:
            known = secret == CLIENT_SECRET
        if sent.get("client_id") != CLIENT_ID or not known:
            raise _Refused("invalid_client")

    def _bearer(self, provider: str) -> str:
        kind, _space, token = self.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer" or self.server.access.get(token) != provider:
            raise _Refused("invalid_token")
        return token

    def _new_tokens(self, provider: str) -> dict[str, Any]:
        # Naver sends the number as text.
        lifetime = str(self.server.lifetime) if provider == "naver" else self.server.lifetime
        return {
            "access_token": self._new(self.server.access, provider),
            "token_type": "bearer",
            "expires_in": lifetime,
        }

    @staticmethod
    def _new(store: dict[str, str], provider: str) -> str:
        token = secrets.token_urlsafe(24)
        store[token] = provider
        return token

    def _id_token(self, provider: str) -> str:
        person, now = self.server.person, int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUERS[provider],
            "aud": CLIENT_ID,
            "sub": f"{provider}-{person.id}",
            "iat": now,
            "exp": now + 600,
        }
        if person.email:
            # Apple sends the boolean as text.
            verified = str(person.verified).lower() if provider == "apple" else person.verified
            claims |= {"email": person.email, "email_verified": verified}
        if provider == "google":
            claims["name"] = person.name
        return jwt.encode(claims, _SIGNING, "RS256", {"kid": "k1"})

    def _say(self, said: dict[str, Any], status: int = 200) -> None:
        self._answer(json.dumps(said).encode(), status, {"Content-Type": "application/json"})

    def _answer(self, body: bytes, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
