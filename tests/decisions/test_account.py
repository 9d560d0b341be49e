"""The rules of an account, and of the claims on handles and addresses."""

from typing import Any

import msgspec
import pytest

from domain.account.commands import ClaimEmail, ClaimHandle, ClaimSkeleton, GrantRole, Register, RevokeRole, SignIn
from domain.account.decider import (
    ACCOUNT,
    CLAIM,
    SIGN_INS,
    AccountKeyReused,
    EmailMalformed,
    HandleLooksTaken,
    HandleMalformed,
    HandleTaken,
    RoleUnknown,
)
from domain.account.facts import (
    AccountRegistered,
    EmailClaimed,
    HandleClaimed,
    RoleGranted,
    RoleRevoked,
    SessionOpened,
    SignedIn,
    SkeletonClaimed,
)
from domain.fact import Fact
from domain.ids import email_claim_of
from domain.money import CurrencyUnknown
from domain.refused import Refused
from domain.sealed_text import TextNotSealed
from domain.unknown import AccountUnknown
from infra.eventstore.fact_encoding import decode_recorded
from tests.decisions.given import NOON, given

ANN = AccountRegistered("ann_1", "", "argon2", "EUR", NOON, email_claim_of("ann@example.org"))
TRADER = RoleGranted("trader", "console", NOON)
UNSEEN = {"NUL": "\0", "ESC": "\x1b", "a zero width space": "\u200b", "an override": "\u202e", "a letter and its accent apart": "e\u0301"}


def register(handle: str = "ann_1", email: str = "ann@example.org", currency: str = "EUR") -> Register:
    return Register("a-1", handle, email, "argon2", currency, NOON)


def test_an_account_is_registered():
    given(ACCOUNT).when(register()).then(ANN)


def test_an_address_is_kept_sealed_or_not_at_all():
    sealed = "s1." + "A" * 43
    kept = msgspec.structs.replace(register(), sealed_email=sealed)
    given(ACCOUNT).when(kept).then(msgspec.structs.replace(ANN, email=sealed))
    given(ACCOUNT).when(msgspec.structs.replace(register(), sealed_email="ann@example.org")).refused(TextNotSealed, field="email")


def test_an_address_in_the_clear_of_an_older_log_still_tells_a_repeat_from_another_address():
    old = b'{"fact":"account.registered.v1","handle":"ann_1","email":"ann@example.org","password_hash":"argon2","currency":"EUR","at":"%b"}'
    [recorded] = decode_recorded(b'[[1,"a-1",1,%b]]' % (old % NOON.isoformat().encode()))
    lifted = recorded.body
    assert lifted == msgspec.structs.replace(ANN, email="ann@example.org")
    given(ACCOUNT, lifted).when(register()).nothing()
    given(ACCOUNT, lifted).when(register(email="bob@example.org")).refused(AccountKeyReused, account_id="a-1")


def test_registering_again_with_the_same_body_is_a_repeat():
    given(ACCOUNT, ANN).when(register()).nothing()


def test_a_role_is_granted_once():
    given(ACCOUNT, ANN).when(GrantRole("a-1", "trader", "console", NOON)).then(TRADER)
    given(ACCOUNT, ANN, TRADER).when(GrantRole("a-1", "trader", "console", NOON)).nothing()


def test_everyone_registered_is_a_bettor():
    given(ACCOUNT, ANN).when(GrantRole("a-1", "bettor", "console", NOON)).nothing()


def test_a_role_is_revoked_once_and_can_be_granted_again():
    revoked = RoleRevoked("trader", "console", NOON)
    given(ACCOUNT, ANN, TRADER).when(RevokeRole("a-1", "trader", "console", NOON)).then(revoked)
    given(ACCOUNT, ANN, TRADER, revoked).when(RevokeRole("a-1", "trader", "console", NOON)).nothing()
    given(ACCOUNT, ANN, TRADER, revoked).when(GrantRole("a-1", "trader", "console", NOON)).then(TRADER)


def test_every_sign_in_is_a_fact_of_the_day_it_happened_on():
    opened = SessionOpened("a-1", NOON)
    given(SIGN_INS).when(SignIn("a-1", "argon2", "", NOON)).then(opened)
    given(SIGN_INS, opened).when(SignIn("a-1", "argon2", "", NOON)).then(opened)
    assert given(SIGN_INS, opened, opened).state.sessions == 2


def test_sign_ins_of_old_logs_change_nothing_about_an_account():
    assert given(ACCOUNT, ANN, SignedIn(NOON)).state == given(ACCOUNT, ANN).state


REFUSALS: list[tuple[str, list[Fact], Any, type[Refused], dict[str, Any]]] = [
    ("register: another handle", [ANN], register(handle="x"), AccountKeyReused, {"account_id": "a-1"}),
    ("register: another address", [ANN], register(email="x"), AccountKeyReused, {"account_id": "a-1"}),
    ("register: another currency", [ANN], register(currency="USD"), AccountKeyReused, {"account_id": "a-1"}),
    ("register: short handle", [], register("ab", "x", "XXX"), HandleMalformed, {"handle": "ab"}),
    ("register: long handle", [], register("a" * 31, "x", "XXX"), HandleMalformed, {"handle": "a" * 31}),
    ("register: endless handle", [], register("a" * 99, "x", "XXX"), HandleMalformed, {"handle": "a" * 60}),
    ("register: odd letters", [], register("änn", "x", "XXX"), HandleMalformed, {"handle": "änn"}),
    ("register: address", [], register("ann", "ann@", "XXX"), EmailMalformed, {"email": "ann@"}),
    ("register: two addresses", [], register("ann", "a@b@c.de", "XXX"), EmailMalformed, {}),
    ("register: address with a line break", [], register("ann", "a@c.de\n", "XXX"), EmailMalformed, {}),
    *[
        (f"register: address with {name}", [], register("ann", f"an{unseen}n@example.org", "XXX"), EmailMalformed, {})
        for name, unseen in UNSEEN.items()
    ],
    ("register: endless address", [], register("ann", f"ann@{'a' * 189}.{'b' * 63}", "XXX"), EmailMalformed, {}),
    ("register: currency", [], register(currency="XXX"), CurrencyUnknown, {"currency": "XXX"}),
    ("role: unknown", [], GrantRole("a-1", "king", "console", NOON), RoleUnknown, {"role": "king"}),
    ("role: nobody", [], GrantRole("a-1", "trader", "console", NOON), AccountUnknown, {"account_id": "a-1"}),
    ("revoke: unknown", [ANN], RevokeRole("a-1", "king", "console", NOON), RoleUnknown, {"role": "king"}),
    ("revoke: the bettor's", [ANN], RevokeRole("a-1", "bettor", "console", NOON), RoleUnknown, {"role": "bettor"}),
]


@pytest.mark.parametrize(("facts", "command", "refusal", "evidence"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_an_account_refuses(facts: list[Fact], command: Any, refusal: type[Refused], evidence: dict[str, Any]):
    given(ACCOUNT, *facts).when(command).refused(refusal, **evidence)


def test_an_account_is_registered_once():
    with pytest.raises(AssertionError):
        given(ACCOUNT, ANN, ANN)


def test_a_free_handle_goes_to_who_claims_it_first():
    claimed = HandleClaimed("Ann_1", "a-1", NOON)
    given(CLAIM).when(ClaimHandle("Ann_1", "a-1", NOON)).then(claimed)
    given(CLAIM, claimed).when(ClaimHandle("Ann_1", "a-1", NOON)).nothing()
    given(CLAIM, claimed).when(ClaimHandle("ann_1", "a-2", NOON)).refused(HandleTaken, handle="ann_1")


def test_the_look_of_a_handle_goes_to_who_claims_it_first():
    claimed = SkeletonClaimed("a-1", NOON)
    given(CLAIM).when(ClaimSkeleton("Ann_1", "a-1", NOON)).then(claimed)
    given(CLAIM, claimed).when(ClaimSkeleton("Ann_1", "a-1", NOON)).nothing()
    given(CLAIM, claimed).when(ClaimSkeleton("ann_l", "a-2", NOON)).refused(HandleLooksTaken, handle="ann_l")


def test_a_free_address_goes_to_who_claims_it_first_and_nobody_else_is_told():
    claimed = EmailClaimed("a-1", NOON)
    given(CLAIM).when(ClaimEmail("ann@example.org", "a-1", NOON)).then(claimed)
    given(CLAIM, claimed).when(ClaimEmail("ann@example.org", "a-1", NOON)).nothing()
    given(CLAIM, claimed).when(ClaimEmail("ann@example.org", "a-2", NOON)).nothing()


def test_a_claim_is_made_once():
    with pytest.raises(AssertionError):
        given(CLAIM, EmailClaimed("a-1", NOON), EmailClaimed("a-2", NOON))
