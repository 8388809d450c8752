"""The embedded Redis: append-only, never evicting, because it stores queues and sessions."""

from redis import Redis
from redis.exceptions import RedisError

from devtools.embedded.daemons import ANSWER_TIMEOUT, Daemon
from devtools.embedded.paths import Programs, ServerPaths

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


def url(paths: ServerPaths) -> str:
    return f"unix://{paths.sockets}/redis.sock"


def is_ready(paths: ServerPaths) -> bool:
    try:
        with Redis.from_url(url(paths), socket_timeout=ANSWER_TIMEOUT) as client:
            return bool(client.ping())
    except RedisError:
        return False


def start(paths: ServerPaths, programs: Programs) -> None:
    daemon = _daemon(paths)
    daemon.run(["mkdir", "-p", daemon.folder])
    settings = {**SETTINGS, "unixsocket": f"{paths.sockets}/redis.sock"}
    arguments = [part for name, value in settings.items() for part in (f"--{name}", value)]
    daemon.start([programs.redis_server, *arguments], ready=lambda: is_ready(paths))


def stop(paths: ServerPaths) -> None:
    _daemon(paths).stop()


def _daemon(paths: ServerPaths) -> Daemon:
    return Daemon(paths, "redis", pid_file="redis.pid", sockets=("redis.sock",), stop_signals=("TERM", "KILL"))
