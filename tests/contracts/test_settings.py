import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.kept_secret import kept_secret
from infra.settings import Settings, SettingWrong, read_settings
from infra.unknown_settings import unknown_variables


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch):
    for name in [name for name in os.environ if name.startswith("SLIPSTREAM_")]:
        monkeypatch.delenv(name)


def test_nothing_needs_to_be_set():
    settings = Settings()
    assert (settings.data_dir, settings.database_url, settings.redis_url) == (Path(".slipstream"), None, None)
    assert (settings.http_host, settings.http_port, settings.grace_ms, settings.currency) == ("127.0.0.1", 8000, 3_000, "EUR")
    assert (settings.commands_per_batch_max, settings.batch_wait_ms, settings.queue_commands_max) == (512, None, 20_000)


def test_the_environment_sets_what_it_names(monkeypatch):
    monkeypatch.setenv("SLIPSTREAM_HTTP_PORT", "0")
    monkeypatch.setenv("SLIPSTREAM_DATABASE_URL", "postgresql://elsewhere/slipstream")
    assert (Settings().http_port, Settings().database_url) == (0, "postgresql://elsewhere/slipstream")


def test_an_empty_variable_is_as_good_as_none(monkeypatch):
    monkeypatch.setenv("SLIPSTREAM_POSTGRES_PORT", "")
    assert Settings().postgres_port is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTP_PORT", "65536"), ("BATCH_WAIT_MS", "-1"), ("CURRENCY", "euro"), ("LOG_LEVEL", "loud"), ("TOKEN_SECRET", "short")],
)
def test_a_value_out_of_range_is_refused_by_name(monkeypatch, name, value):
    monkeypatch.setenv(f"SLIPSTREAM_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


WRONG = [
    ("HTTP_PORT", "65536"), ("HTTP_PORT", "80a"), ("POSTGRES_PORT", "0"), ("BATCH_WAIT_MS", "-1"), ("LOG_LEVEL", "loud"),
    ("LOG_JSON", "perhaps"), ("TOKEN_SECRET", "short"), ("TOKEN_TTL_S", "59"), ("COMMANDS_PER_BATCH_MAX", "0"), ("GRACE_MS", "60001"),
    ("CURRENCY", "euro"), ("CURRENCY", "XXX"), ("HTTP_HOST", "300.1.1.1"), ("HTTP_HOST", "not a host"), ("HTTP_HOST", "http://localhost"),
    ("DATABASE_URL", "mysql://localhost/slipstream"), ("DATABASE_URL", "localhost:5432"), ("DATABASE_URL", "postgresql://host:port/name"),
    ("REDIS_URL", "localhost:6379"), ("REDIS_URL", "http://localhost:6379"), ("REDIS_URL", "redis://"), ("REDIS_URL", "redis://h:99999/0"),
    ("REDIS_URL", "redis://host:6379/first"), ("REDIS_URL", "unix://"), ("REDIS_URL", "redis+cluster://"),
    ("REDIS_URL", "redis+cluster://h:1,:2x"), ("REDIS_URL", "redis+cluster://h:1/3"), ("PROJECT_PARTITIONS", "0-64"),
    ("PROJECT_PARTITIONS", "9-3"), ("PROJECT_PARTITIONS", "all"), ("DEPOSITS", "on"), ("DEPOSIT_MINOR_MAX", "0"),
    ("DEPOSITS_PER_DAY_MINOR_MAX", "10000000000000000"), ("PAYMENT_WEBHOOK_KEY", "short"), ("WORD_FILTER_LANGUAGES", "english,klingon"),
    ("PUSH", "pusher"), ("CENTRIFUGO_URL", "localhost:8000"), ("CENTRIFUGO_REQUESTS_URL", "ws://host"), ("CENTRIFUGO_API_KEY", "short"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_wrong_value_is_one_line_that_names_its_variable(monkeypatch, name, value):
    monkeypatch.setenv(f"SLIPSTREAM_{name}", value)
    with pytest.raises(SettingWrong) as wrong:
        read_settings()
    assert str(wrong.value).startswith(f"SLIPSTREAM_{name}: ")
    assert str(wrong.value).count("\n") == 0
    assert str(wrong.value).endswith(".")


RIGHT = [
    ("DATABASE_URL", "postgres://user:secret@[::1]:5433/slip?sslmode=require"), ("DATABASE_URL", "host=/var/run/postgresql dbname=slip"),
    ("REDIS_URL", "rediss://user:secret@host:6380/2"), ("REDIS_URL", "redis+cluster://u:p@a:7000,b:7001"),
    ("PROJECT_PARTITIONS", "32-63"), ("REDIS_URL", "redis://[::1]:6379"), ("REDIS_URL", "unix:///run/valkey.sock?db=1"),
    ("HTTP_HOST", "::1"), ("HTTP_HOST", "127.0.0.2"), ("HTTP_HOST", "api.example.org"), ("CURRENCY", "JPY"), ("DEPOSITS", "demo"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "value"), RIGHT)
def test_what_operators_have_is_taken(monkeypatch, name, value):
    monkeypatch.setenv(f"SLIPSTREAM_{name}", value)
    assert getattr(read_settings(), name.lower()) == value


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"HTTP_PORT": "7000", "VALKEY_PORT": "7000"}, "VALKEY_PORT"),
        ({"POSTGRES_PORT": "7000", "VALKEY_PORT": "7000"}, "VALKEY_PORT"),
        ({"METRICS_PORT": "7000", "HTTP_PORT": "7000"}, "METRICS_PORT"),
        ({"DEPOSITS": "webhook"}, "PAYMENT_WEBHOOK_KEY"),
        ({"DEPOSIT_MINOR_MAX": "100", "DEPOSITS_PER_DAY_MINOR_MAX": "99"}, "DEPOSIT_MINOR_MAX"),
        ({"PUSH": "centrifugo"}, "STREAM_URL"),
    ],
)
def test_settings_that_do_not_go_together_are_one_line_that_names_one_of_them(monkeypatch, values, name):
    for each, value in values.items():
        monkeypatch.setenv(f"SLIPSTREAM_{each}", value)
    with pytest.raises(SettingWrong, match=f"^SLIPSTREAM_{name}: "):
        read_settings()


def test_a_secret_is_never_part_of_what_is_said_to_be_wrong(monkeypatch):
    monkeypatch.setenv("SLIPSTREAM_DATABASE_URL", "postgresql://ann:the-secret@host:port/name")
    with pytest.raises(SettingWrong) as wrong:
        read_settings()
    assert "the-secret" not in str(wrong.value)


def test_a_variable_that_is_no_setting_is_named_with_the_one_it_is_most_like():
    known = {"SLIPSTREAM_HTTP_PORT", "slipstream_http_host", "SLIPSTREAM_HYPOTHESIS", "PATH"}
    assert unknown_variables(known) == {}
    wrong = {"SLIPSTREAM_HTTP_PROT": "SLIPSTREAM_HTTP_PORT", "SLIPSTREAM_ZZZ": ""}
    assert unknown_variables(known | wrong.keys()) == wrong


def test_a_data_folder_that_is_a_file_is_refused_before_anything_starts(tmp_path):
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(SettingWrong, match=r"SLIPSTREAM_DATA_DIR: .*file is a file, a folder is needed"):
            Settings(data_dir=path).check_folder()
    Settings(data_dir=tmp_path / "not" / "yet" / "there").check_folder()


def test_every_setting_says_what_it_is_for():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_a_configured_token_secret_is_used_and_never_shown(monkeypatch, tmp_path):
    monkeypatch.setenv("SLIPSTREAM_TOKEN_SECRET", "s" * 40)
    settings = Settings(data_dir=tmp_path)
    assert settings.token_key() == "s" * 40
    assert "s" * 40 not in repr(settings)
    assert list(tmp_path.iterdir()) == []


def test_a_token_secret_is_made_once_and_kept_for_its_owner_only(tmp_path):
    first = Settings(data_dir=tmp_path / "new").token_key()
    kept = tmp_path / "new" / "token_secret"
    assert Settings(data_dir=tmp_path / "new").token_key() == first == kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["token_secret"]


def test_processes_that_race_for_the_first_secret_agree_on_one(tmp_path):
    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(lambda _: kept_secret(tmp_path / "secret"), range(64)))) == 1


@pytest.mark.parametrize("damage", [b"", b"short", b"\xff\xfe" * 40, b"\x00" * 64])
def test_a_damaged_secret_is_set_aside_and_made_anew_by_whoever_comes_first(tmp_path, damage):
    kept = tmp_path / "secret"
    kept.write_bytes(damage)
    with ThreadPoolExecutor(8) as threads:
        (made,) = set(threads.map(lambda _: kept_secret(kept), range(64)))
    assert len(made) == 64
    assert (tmp_path / "secret.damaged").read_bytes() == damage


def test_a_replica_needs_the_database_that_it_is_one_of(monkeypatch):
    monkeypatch.setenv("SLIPSTREAM_READ_DATABASE_URL", "postgresql://app@replica/slipstream")
    with pytest.raises(SettingWrong, match=r"^SLIPSTREAM_READ_DATABASE_URL: is of no use without SLIPSTREAM_DATABASE_URL"):
        read_settings()
    monkeypatch.setenv("SLIPSTREAM_DATABASE_URL", "postgresql://app@elsewhere/slipstream")
    assert read_settings().read_database_url == "postgresql://app@replica/slipstream"
    monkeypatch.setenv("SLIPSTREAM_READ_DATABASE_URL", "mysql://app@replica/slipstream")
    with pytest.raises(SettingWrong, match=r"^SLIPSTREAM_READ_DATABASE_URL: is no URL of a PostgreSQL"):
        read_settings()


def test_an_owner_of_tables_needs_a_user_for_roles_beside_it(monkeypatch):
    monkeypatch.setenv("SLIPSTREAM_OWNER_DATABASE_URL", "postgresql://owner@elsewhere/slipstream")
    with pytest.raises(SettingWrong, match=r"^SLIPSTREAM_OWNER_DATABASE_URL: is of no use without SLIPSTREAM_DATABASE_URL"):
        read_settings()
    monkeypatch.setenv("SLIPSTREAM_DATABASE_URL", "postgresql://app@elsewhere/slipstream")
    assert read_settings().owner_database_url == "postgresql://owner@elsewhere/slipstream"
    monkeypatch.setenv("SLIPSTREAM_OWNER_DATABASE_URL", "mysql://owner@elsewhere/slipstream")
    with pytest.raises(SettingWrong, match=r"^SLIPSTREAM_OWNER_DATABASE_URL: is no URL of a PostgreSQL"):
        read_settings()
