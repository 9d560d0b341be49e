"""What the operator reads, and what nobody must read there."""

import json
import logging

import pytest
import structlog

from infra.logging import configure_logging


@pytest.fixture(autouse=True)
def _defaults_again():
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def fail_with_a_secret():
    password = "correct horse"
    raise ValueError(f"a sign-in of {len(password)} characters failed")


@pytest.mark.parametrize("as_json", [False, True])
def test_a_traceback_is_logged_without_the_values_it_passed_through(capsys, as_json):
    configure_logging("info", as_json=as_json, role="api")
    try:
        fail_with_a_secret()
    except ValueError:
        structlog.get_logger().exception("something broke")
    shown = capsys.readouterr().err
    assert "fail_with_a_secret" in shown
    assert "characters failed" in shown
    assert "correct horse" not in shown.replace('password = "correct horse"', "")


def test_a_json_line_has_its_role_and_level(capsys):
    configure_logging("info", as_json=True, role="settle")
    structlog.get_logger().info("settled", bets=3)
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["role"], line["level"], line["bets"]) == ("settled", "settle", "info", 3)
