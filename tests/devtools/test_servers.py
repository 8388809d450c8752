import os
import shutil
import signal
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from redis import Redis

from devtools import embedded
from devtools.embedded import ServerError, Servers
from devtools.embedded.paths import ServerPaths

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="about what root does")


def pids(home: Path) -> list[int]:
    """PostgreSQL's and Redis's."""
    files = (ServerPaths(home).data / name for name in ("postgres/postmaster.pid", "redis/redis.pid"))
    return [int(file.read_text().split()[0]) for file in files]


def kill(home: Path) -> None:
    for pid in pids(home):
        os.kill(pid, signal.SIGKILL)


def write_something(servers: Servers) -> None:
    with psycopg.connect(servers.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT '남는다' AS what")
    with Redis.from_url(servers.redis_url) as redis:
        redis.set("kept", "남는다")


def read_something(servers: Servers) -> tuple[str, str]:
    with psycopg.connect(servers.database_url) as connection, Redis.from_url(servers.redis_url) as redis:
        [(row,)] = connection.execute("SELECT what FROM kept")
        return row, redis.get("kept").decode()


def test_a_second_start_keeps_the_data(home):
    write_something(embedded.start(home))
    embedded.stop(home)

    servers = embedded.start(home)

    assert read_something(servers) == ("남는다", "남는다")


def test_a_start_while_they_run_changes_nothing(running):
    before = pids(running)

    embedded.start(running)

    assert pids(running) == before


def test_two_starts_at_once_start_them_once(home):
    with ThreadPoolExecutor() as pool:
        list(pool.map(embedded.start, [home, home]))
    first = pids(home)

    embedded.start(home)

    assert pids(home) == first


def test_killed_servers_come_back_with_their_data(home):
    servers = embedded.start(home)
    write_something(servers)
    kill(home)

    servers = embedded.start(home)

    assert read_something(servers) == ("남는다", "남는다")


def test_a_pid_file_that_names_a_stranger_stops_nothing(home):
    servers = embedded.start(home)
    kill(home)
    for pid_file in ServerPaths(home).data.glob("*/*.pid"):
        pid_file.write_text(f"{os.getpid()}\n")

    embedded.start(home)

    assert embedded.status(home) == servers


def test_a_half_made_cluster_is_made_anew(home):
    servers = embedded.start(home)
    embedded.stop(home)
    cluster = ServerPaths(home).data / "postgres"
    unfinished = cluster.rename(cluster.with_suffix(".unfinished"))

    embedded.start(home)

    assert embedded.status(home) == servers
    assert not unfinished.exists()


def test_status_tells_whether_they_run(home):
    before = embedded.status(home)
    servers = embedded.start(home)
    running = embedded.status(home)
    embedded.stop(home)

    assert (before, running, embedded.status(home)) == (None, servers, None)


def test_only_the_owner_reaches_the_sockets(running):
    paths = ServerPaths(running)
    sockets = [path for path in paths.sockets.iterdir() if path.is_socket()]
    assert len(sockets) == 2
    assert {stat.S_IMODE(path.stat().st_mode) for path in [paths.sockets, paths.data, *sockets]} == {0o700}


def test_only_the_owner_reads_the_logs(running):
    logs = [running / "postgres.log", running / "redis.log"]

    assert {stat.S_IMODE(path.stat().st_mode) for path in logs} == {0o600}


def test_logs_that_were_open_are_closed_at_the_next_start(home):
    for log in ("postgres.log", "redis.log"):
        home.mkdir(parents=True, exist_ok=True)
        (home / log).touch()
        (home / log).chmod(0o644)

    embedded.start(home)

    assert {stat.S_IMODE((home / log).stat().st_mode) for log in ("postgres.log", "redis.log")} == {0o600}


def test_nothing_listens_on_a_port(running):
    listening = {line.split()[9] for line in Path("/proc/net/tcp").read_text().splitlines()[1:]}
    listening |= {line.split()[9] for line in Path("/proc/net/tcp6").read_text().splitlines()[1:]}
    for pid in pids(running):
        opened = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
        assert opened & {f"socket:[{inode}]" for inode in listening} == set()


def test_a_folder_where_the_sockets_belong_that_is_not_ours_is_refused(home, tmp_path):
    ServerPaths(home).sockets.symlink_to(tmp_path)

    with pytest.raises(ServerError, match="does not belong to"):
        embedded.start(home)

    ServerPaths(home).sockets.unlink()


@as_root
def test_for_root_they_run_without_privileges(running):
    assert 0 not in {Path(f"/proc/{pid}").stat().st_uid for pid in pids(running)}


@as_root
def test_no_folder_is_opened_for_them(running):
    closed = running.parents[1]

    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    assert (running / "data").is_symlink()


@as_root
def test_the_data_stays_in_the_home_that_they_reach(open_home):
    embedded.start(open_home)

    assert not (open_home / "data").is_symlink()


@as_root
def test_test_data_of_a_clone_that_is_gone_is_removed(home, tmp_path):
    gone = tmp_path / "clone"
    embedded.start(gone, profile="test")
    data = ServerPaths(gone / "test").data
    embedded.stop(gone, profile="test")
    shutil.rmtree(gone)

    embedded.start(home)

    assert not data.exists()


def test_postgresql_speaks_utf8_and_utc(running):
    with psycopg.connect(embedded.status(running).database_url) as connection:
        version, zone, fsync = (
            connection.execute(f"SHOW {name}").fetchone()[0] for name in ("server_version", "timezone", "fsync")
        )
        encoding, collation = connection.execute(
            "SELECT pg_encoding_to_char(encoding), datcollate FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert (version, encoding, collation, zone, fsync) == ("16.14", "UTF8", "C.UTF-8", "UTC", "on")


def test_redis_keeps_everything(running):
    with Redis.from_url(embedded.status(running).redis_url) as redis:
        settings = {**redis.config_get("append*"), **redis.config_get("maxmemory-policy")}
    assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "everysec")
    assert settings["maxmemory-policy"] == "noeviction"


def test_development_secrets_are_made_once_and_private(home):
    with ThreadPoolExecutor() as pool:
        environments = list(pool.map(embedded.development_environment, [home] * 8))

    assert all(environment == environments[0] for environment in environments)
    assert stat.S_IMODE((home / "dev.env").stat().st_mode) == 0o600
