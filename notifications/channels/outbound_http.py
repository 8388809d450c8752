"""HTTP client for push services: connects to public addresses only and follows no redirect.

It takes no proxy and no password from the environment. A host name is resolved once and the connection goes to the
address that was checked, so the name cannot change in between.
"""

import ipaddress
import socket
import threading
import time
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError, SSLError
from urllib3.util.connection import create_connection

from notifications.channels.base import RetryLater, SendResult, UnknownDelivery

# Seconds to connect, and seconds to wait for each part of the response.
TIMEOUT = (3, 7)
# Seconds after which an idle connection is closed instead of reused.
IDLE = 20


class PrivateAddress(NewConnectionError):
    """The host name resolves to a private address."""


def nothing_was_sent(error: requests.exceptions.RequestException) -> bool:
    """Whether the request failed before a connection was established."""
    return isinstance(_cause(error), (NewConnectionError, ConnectTimeoutError, SSLError))


def result_of(error: requests.exceptions.RequestException) -> SendResult:
    return RetryLater("no connection") if nothing_was_sent(error) else UnknownDelivery("no answer")


def leads_inside(error: requests.exceptions.RequestException) -> bool:
    return isinstance(_cause(error), PrivateAddress)


def _cause(error: requests.exceptions.RequestException) -> Exception | None:
    return error.args[0].reason if error.args and isinstance(error.args[0], MaxRetryError) else None


def public_address(host: str, port: int) -> str:
    """One public address of `host`.

    Raises OSError, and ValueError when any of its addresses is not public.
    """
    found = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if not _is_public(address):
            raise ValueError(address)
    return found[0]


def _is_public(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        # An IPv6 address that embeds an IPv4 address is checked as that one.
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner:
            ip = inner
        elif ip in ipaddress.ip_network("64:ff9b::/96"):
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not ip.is_multicast


class _PublicConnection(HTTPSConnection):
    def _new_conn(self) -> socket.socket:
        try:
            address = public_address(self._dns_host, self.port)
        except ValueError as error:
            raise PrivateAddress(self, f"{self.host} leads to a private address") from error
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        try:
            return create_connection(
                (address, self.port),
                self.timeout,
                source_address=self.source_address,
                socket_options=self.socket_options,
            )
        except OSError as error:
            raise NewConnectionError(self, f"no connection to {self.host}") from error


class _PublicPool(HTTPSConnectionPool):
    ConnectionCls = _PublicConnection


class _PublicAdapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"https": _PublicPool}


class Session(requests.Session):
    """An HTTP session. With `public` it allows only https to public addresses."""

    def __init__(self, *, public: bool) -> None:
        super().__init__()
        self.trust_env = False
        if public:
            self.adapters.clear()
            self.mount("https://", _PublicAdapter())

    def request(self, method: str, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        kwargs["allow_redirects"] = False
        kwargs["timeout"] = TIMEOUT
        return super().request(method, url, *args, **kwargs)


_kept = threading.local()


def session(*, public: bool) -> Session:
    """This thread's session with open connections; a new one after `IDLE` seconds unused.

    A server may close an idle connection just as it is used again, which leaves the outcome of that request unknown.
    """
    now = time.monotonic()
    sessions: dict[bool, tuple[Session, float]] = _kept.__dict__.setdefault("sessions", {})
    kept, used = sessions.get(public, (None, 0.0))
    if kept is None or now - used > IDLE:
        if kept:
            kept.close()
        kept = Session(public=public)
    sessions[public] = (kept, now)
    return kept
