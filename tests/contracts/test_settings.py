import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pydantic import ValidationError

from infra.settings import Settings, kept_secret


@pytest.fixture(autouse=True)
def no_settings_of_the_machine(monkeypatch):
    for name in [name for name in os.environ if name.startswith("SLIPSTREAM_")]:
        monkeypatch.delenv(name)


def test_nothing_needs_to_be_set():
    settings = Settings()
    assert (settings.data_dir, settings.database_url, settings.redis_url) == (Path(".slipstream"), None, None)
    assert (settings.http_host, settings.http_port, settings.grace_ms, settings.currency) == ("127.0.0.1", 8000, 3_000, "EUR")
    assert (settings.commands_per_batch_max, settings.batch_wait_ms, settings.queue_commands_max) == (512, 2, 20_000)


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
