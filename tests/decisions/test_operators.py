"""What an operator asks for by handle, over a log in memory."""

from collections.abc import Iterator

import pytest

from api.refusals import PasswordMalformed
from commands.accounts import demo_accounts, operators
from commands.accounts.operators import AccountAsked
from commands.accounts.sessions import FindAccess
from commands.dispatch.dispatcher import Dispatcher
from commands.registry import USE_CASES
from domain.account.decider import EmailMalformed
from domain.ids import derived
from domain.unknown import AccountUnknown
from infra.eventstore.memory import MemoryEventStore
from tests.decisions.given import NOON

ANN = derived("account", "ann")
ASKED = AccountAsked(ANN, "ann", "ann@slipstream.example", "EUR")


@pytest.fixture
def dispatcher() -> Iterator[Dispatcher]:
    running = Dispatcher(MemoryEventStore(), USE_CASES, batch_wait_ms=0).start()
    yield running
    running.stop()


def opened(dispatcher: Dispatcher, asked: AccountAsked = ASKED) -> str:
    return operators.open_account(dispatcher, asked, NOON, hash_password=lambda: "hash", seal=lambda *_: "")


def test_an_account_is_opened_given_a_role_and_erased_with_its_key(dispatcher: Dispatcher):
    assert opened(dispatcher) == ANN
    operators.set_role(dispatcher, "ann", "trader", NOON, held=True)
    before = dispatcher.call(FindAccess(ANN)).receipt
    assert before.roles == ("bettor", "trader")
    operators.set_role(dispatcher, "ann", "trader", NOON, held=False)
    destroyed: list[str] = []
    for _ in range(2):
        operators.erase(dispatcher, "ann", NOON, destroyed.append)
    after = dispatcher.call(FindAccess(ANN)).receipt
    assert (after.roles, destroyed) == (("bettor",), [ANN, ANN])
    assert after.sessions.version > before.sessions.version


def test_an_address_that_is_none_is_refused_before_a_password_is_hashed(dispatcher: Dispatcher):
    def hashed() -> str:
        raise PasswordMalformed(8, 200)

    with pytest.raises(EmailMalformed):
        operators.open_account(dispatcher, ASKED._replace(email="ann"), NOON, hash_password=hashed, seal=lambda *_: "")
    with pytest.raises(PasswordMalformed):
        operators.open_account(dispatcher, ASKED, NOON, hash_password=hashed, seal=lambda *_: "")


def test_a_handle_that_nobody_has_is_unknown(dispatcher: Dispatcher):
    with pytest.raises(AccountUnknown):
        operators.sign_out(dispatcher, "nobody", NOON)


def test_the_demo_is_opened_once_with_roles_second_factors_and_money(dispatcher: Dispatcher):
    kept: dict[str, str] = {}

    class Secrets:
        def keep(self, account_id: str, factor_id: str, secret: str) -> None:
            assert factor_id
            kept[account_id] = secret

        def forget_others(self, account_id: str, factor_id: str) -> None:
            assert account_id in kept
            assert factor_id

    handles = list(demo_accounts.DEMO_ACCOUNTS)
    assert demo_accounts.not_opened(dispatcher) == handles
    for _ in range(2):
        demo_accounts.seed(dispatcher, dict.fromkeys(handles, "hash"), "EUR", NOON)
        demo_accounts.give_second_factors(dispatcher, Secrets(), {"trader": "secret"}, NOON)
    assert demo_accounts.not_opened(dispatcher) == []
    assert kept == {derived("account", "demo", "trader"): "secret"}
    assert dispatcher.call(FindAccess(derived("account", "demo", "trader"))).receipt.roles == ("bettor", "trader")
