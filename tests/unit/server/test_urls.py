"""URLs of databases: what they say, and each error, none of which shows a password."""

import getpass
from pathlib import Path
from typing import Final

import pytest
from click.testing import CliRunner

from frequenz.server.assets import ServerSettings
from frequenz.server.assets._stores.store import StoreError
from frequenz.server.assets._stores.urls import Address, UrlError, check_url, is_url, locate
from frequenz.server.assets.cli import main

SECRET: Final = "s3cret-word"

VARIABLES: Final = ("PGHOST", "PGPORT", "PGUSER", "PGDATABASE", "PGSERVICE", "PGSERVICEFILE")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing that a URL is completed from."""
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


# What they say ------------------------------------------------------------------------------------

HOSTS: Final[dict[str, tuple[Address, ...]]] = {
    "db": (Address("db", 5432),),
    "db:5433": (Address("db", 5433),),
    "db1,db2:5433": (Address("db1", 5432), Address("db2", 5433)),
    "[::1]": (Address("::1", 5432),),
    "[::1]:5433,db": (Address("::1", 5433), Address("db", 5432)),
    "%2Frun%2Fpostgresql": (Address("/run/postgresql", 5432),),
}


@pytest.mark.parametrize(("hosts", "addresses"), HOSTS.items(), ids=HOSTS)
def test_each_host_has_its_port(hosts: str, addresses: tuple[Address, ...]) -> None:
    assert locate(f"postgresql://fleet@{hosts}/assets").addresses == addresses


def test_parameters_stand_for_parts_of_the_url() -> None:
    one = locate("postgres://a%40b@db1,db2/fleet%2F1?port=1,2&reads=prefer-standby&max-lag=5")
    other = locate(
        "postgresql://?user=a%40b&host=db1,db2&port=1,2&dbname=fleet/1&reads=prefer-standby"
        "&max-lag=5"
    )

    assert one == other
    assert (one.user, one.database) == ("a@b", "fleet/1")
    assert (one.reads_standbys, one.max_lag_seconds) == (True, 5.0)
    assert one.name == "postgresql://a%40b@db1:1,db2:2/fleet/1"


def test_a_url_then_a_service_and_then_the_environment_say_what_is_what(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".pg_service.conf").write_text(
        f"[fleet]\nhost=of-service\nuser=of-service\npassword={SECRET}\n"
    )
    for name in ("PGHOST", "PGUSER", "PGDATABASE"):
        monkeypatch.setenv(name, "of-environment")
    monkeypatch.setenv("PGPORT", "99")

    found = locate("postgresql://of-url@?service=fleet")

    assert found.name == "postgresql://of-url@of-service:99/of-environment"
    assert found.parameters == (("service", "fleet"),)
    assert SECRET not in repr(found)


def test_without_anything_it_is_the_database_of_the_user_on_this_machine() -> None:
    user = getpass.getuser()
    assert locate("postgresql://").name == f"postgresql://{user}@localhost:5432/{user}"


# Passwords ----------------------------------------------------------------------------------------

WITH_PASSWORD: Final = [
    f"postgresql://fleet:{SECRET}@db/assets",
    f"postgresql://fleet:{SECRET}@db1,db2:5433/assets?reads=primary",
    f"postgresql://:{SECRET}@db/assets",
    f"postgresql://fleet@x:{SECRET}@db/assets",
    f"postgresql://fleet@db/assets?password={SECRET}",
    f"postgresql://fleet@db/assets?reads=primary&sslpassword={SECRET}",
    # Those that a password with other signs takes apart.
    f"postgresql://fleet:a/{SECRET}@db/assets",
    f"postgresql://fleet:{SECRET}/a@db/assets",
    f"postgresql://fleet:1234/{SECRET}@db/assets",
    f"postgresql://fleet:a?{SECRET}@db/assets",
    f"postgresql://fleet:{SECRET}?a=b@db/assets",
    f"postgresql://fleet:a#{SECRET}@db/assets",
    f"postgresql://fleet:a?{SECRET}=b@db/assets",
]

OF_OTHER_KINDS: Final = [
    f"POSTGRESQL://fleet:{SECRET}@db/assets",
    f"postgresq://fleet:{SECRET}@db/assets",
    f"postgresql+asyncpg://fleet:{SECRET}@db/assets",
    f"mysql://fleet:{SECRET}@db/assets",
    f"postgresql:/fleet:{SECRET}@db/assets",
    f"postgres:fleet:{SECRET}@db/assets",
]


def refusal(url: str) -> str:
    """Return the error for a URL, which is the same everywhere."""
    assert is_url(url)
    with pytest.raises(UrlError) as refused:
        check_url(url)
    with pytest.raises(ValueError, match=r"^database: ") as of_settings:
        ServerSettings(database=url)
    assert str(of_settings.value) == str(refused.value)
    return str(refused.value)


@pytest.mark.parametrize("url", WITH_PASSWORD)
def test_a_password_is_refused_and_not_shown(url: str) -> None:
    text = refusal(url)
    assert text.startswith("database: the URL has a password, which every user of this machine can")
    assert SECRET not in text


@pytest.mark.parametrize("url", OF_OTHER_KINDS)
def test_a_url_of_another_kind_is_refused_and_not_shown(url: str) -> None:
    assert refusal(url) == (
        "database: expected a file, or postgresql://USER@HOST/NAME, not another URL"
    )


@pytest.mark.parametrize("command", [["history"], ["serve"], ["remove", "--microgrid=1"]])
@pytest.mark.parametrize("url", [*WITH_PASSWORD, *OF_OTHER_KINDS])
def test_commands_do_not_show_passwords(url: str, command: list[str]) -> None:
    result = CliRunner(catch_exceptions=False).invoke(main, [*command, "--database", url])
    assert result.exit_code in (1, 2)
    assert "database: " in result.output
    assert SECRET not in result.output


# Other errors -------------------------------------------------------------------------------------

REFUSED: Final[dict[str, str]] = {
    "?reads": "database: expected parameters of the URL as ?name=value&name=value",
    "?=&x": "database: expected parameters of the URL as ?name=value&name=value",
    "?reads=standby": "database: reads: expected primary or prefer-standby, got 'standby'",
    "?reads=": "database: reads: expected primary or prefer-standby, got ''",
    "?max-lag=soon": "database: max-lag: expected a number of seconds over 0, got 'soon'",
    "?max-lag=0": "database: max-lag: expected a number of seconds over 0, got '0'",
    "?max-lag=-1": "database: max-lag: expected a number of seconds over 0, got '-1'",
    "?max-lag=inf": "database: max-lag: expected a number of seconds over 0, got 'inf'",
    "?max-lag=nan": "database: max-lag: expected a number of seconds over 0, got 'nan'",
    "?reads=primary&reads=primary": "database: a parameter of the URL is given twice",
    "?speed=1&colour=2": "database: unknown parameter of the URL: colour, speed; known are"
    " application_name, dbname, ",
    "?target_session_attrs=primary": "database: unknown parameter of the URL:"
    " target_session_attrs; writes go to the primary, and reads=prefer-standby lets standbys"
    " answer queries",
    "?host=a,b,c&port=1,2": "database: 2 ports do not fit 3 hosts",
    "?host=a,,c": "database: the URL has an empty host",
    "?host=:1": "database: the URL has an empty host",
    "?host=[]": "database: the URL has an empty host",
    "?host=[::1": "database: expected an IPv6 address in brackets, got '[::1'",
    "?host=[::1]1": "database: expected an IPv6 address in brackets, got '[::1]1'",
    "?host=::1]": "database: expected an IPv6 address in brackets, got '::1]'",
    "?host=a:0": "database: expected a port from 1 to 65535, got '0'",
    "?host=a:65536": "database: expected a port from 1 to 65535, got '65536'",
    "?host=::1": "database: expected an IPv6 address in brackets, got '::1'",
    "?host=a&port=x": "database: expected a port from 1 to 65535, got 'x'",
}


@pytest.mark.parametrize(("query", "sentence"), REFUSED.items(), ids=REFUSED)
def test_a_wrong_url_is_refused_with_what_is_wrong(query: str, sentence: str) -> None:
    assert refusal(f"postgresql:///assets{query}").startswith(sentence)


def test_a_wrong_port_of_the_environment_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "many")
    with pytest.raises(UrlError, match="expected a port from 1 to 65535, got 'many'"):
        locate("postgresql://db/assets")


def test_a_user_without_a_name_must_be_in_the_url(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> str:
        raise KeyError(4711)

    monkeypatch.setattr(getpass, "getuser", fail)
    assert locate("postgresql://fleet@db/assets").user == "fleet"
    with pytest.raises(UrlError, match=r"has no name; write postgresql://USER@HOST/NAME$"):
        locate("postgresql://db/assets")


def test_a_service_that_cannot_be_read_is_named_without_its_content(tmp_path: Path) -> None:
    path, url = tmp_path / ".pg_service.conf", "postgresql://?service=fleet"

    def refused() -> str:
        with pytest.raises(StoreError) as error:
            locate(url)
        assert SECRET not in str(error.value)
        return str(error.value)

    assert refused() == f"service 'fleet': cannot read {path}: No such file or directory"
    path.write_text(f"[other]\npassword={SECRET}\n")
    assert refused() == f"service 'fleet': {path} has no section [fleet]"
    path.write_text(f"password={SECRET}\n[fleet]\n")
    assert refused() == f"service 'fleet': {path} is not a service file"
    path.write_bytes(f"[fleet]\npassword={SECRET}\xff\n".encode("latin-1"))
    assert refused() == f"service 'fleet': {path} is not a service file"
    path.write_text("[fleet]\nhost=db\ndatabase=assets\nuser=ann\n")
    assert locate(url).name == "postgresql://ann@db:5432/assets"
