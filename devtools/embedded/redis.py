"""The embedded Redis: append-only, and it never evicts, because queues and sessions live in it."""

from redis import Redis
from redis.exceptions import RedisError

from devtools.embedded.daemons import Daemon
from devtools.embedded.paths import Place, Programs

SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
    "loglevel": "warning",
    "pidfile": "redis.pid",
}


def url(place: Place) -> str:
    return f"unix://{place.sockets}/redis.sock"


def ready(place: Place) -> bool:
    try:
        with Redis.from_url(url(place), socket_timeout=2) as client:
            return bool(client.ping())
    except RedisError:
        return False


def start(place: Place, programs: Programs) -> None:
    daemon = _daemon(place)
    daemon.run(["mkdir", "-p", daemon.folder])
    settings = {**SETTINGS, "unixsocket": f"{place.sockets}/redis.sock"}
    arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
    daemon.start([programs.redis_server, *arguments], ready=lambda: ready(place))


def stop(place: Place) -> None:
    _daemon(place).stop()


def _daemon(place: Place) -> Daemon:
    return Daemon(place, "redis", pid_file="redis.pid", sockets=("redis.sock",), endings=("TERM", "KILL"))
