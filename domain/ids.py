"""Names of things: every id is a UUID as lowercase text, 36 characters.

Text and not `uuid.UUID`, because ids are hashed, compared and encoded millions of times a minute and text does each of these in C.
A thing that is born gets UUIDv7; a thing that follows from another gets uuid5 of what it follows from, by the functions here.
"""

import re
from hashlib import sha1
from uuid import UUID

AccountId = str
WalletId = str
FixtureId = str
MarketId = str
BetId = str
SlipId = str
CommentId = str
StreamId = str

SLIPSTREAM = UUID("6f1d3b5a-7c0e-5f43-9d5b-51a9e0b9c001")
"""The namespace of every derived id. Changing it would rename the world."""

ID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
"""What every id looks like, in the regular expressions of Python and of JSON Schema alike."""
ID_REGEX = re.compile(ID_PATTERN)

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)

_NAMESPACE = SLIPSTREAM.bytes
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def derived(kind: str, *parts: str) -> str:
    """Return the id that follows from `parts`, the same for ever: uuid5 of the kind and the parts, joined by a unit separator.

    Made by hand (RFC 9562, 5.5: SHA-1, then version and variant), since `uuid.uuid5` spends most of its time on objects that end as text.
    """
    digest = sha1(_NAMESPACE + "\x1f".join((kind, *parts)).encode(), usedforsecurity=False).hexdigest()
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{_VARIANT[digest[16]]}{digest[17:20]}-{digest[20:32]}"


def wallet_of(account_id: AccountId) -> WalletId:
    """Return the id of the one wallet that an account has."""
    return derived("wallet", account_id)


def transfer_of(account_id: AccountId, reference: str) -> StreamId:
    """Return the id of the transfer that a payment reference names; the reference is the account's own."""
    return derived("transfer", account_id, reference)


def payment_of(reference: str) -> StreamId:
    """Return the id of the transfer that a payment provider's own reference names, whosever money it moves."""
    return derived("payment", reference)


def bet_of(account_id: AccountId, key: str) -> BetId:
    """Return the bet id of an idempotency key that is not itself a UUIDv7."""
    return derived("bet", account_id, key)


def payout_of(bet_id: BetId, settlement: int) -> StreamId:
    """Return the id of the transfer that pays, refunds or takes a bet's stake upon a settlement."""
    return derived("payout", bet_id, str(settlement))


def reversal_of(bet_id: BetId, settlement: int) -> StreamId:
    """Return the id of the transfer that undoes a settlement of a bet."""
    return derived("reversal", bet_id, str(settlement))


def cash_out_of(bet_id: BetId, key: str) -> StreamId:
    """Return the id of a cash-out of a bet, by its idempotency key."""
    return derived("cash-out", bet_id, key)


def cash_out_payment_of(bet_id: BetId, number: int) -> StreamId:
    """Return the id of the transfer that pays a cash-out of a bet, by its number."""
    return derived("cash-out payment", bet_id, str(number))


def free_bet_of(account_id: AccountId, key: str) -> StreamId:
    """Return the id of a free bet that is granted to an account, by the idempotency key of the grant."""
    return derived("free bet", account_id, key)


def bonus_of(account_id: AccountId, key: str) -> StreamId:
    """Return the id of a bonus that an account is credited with, by the idempotency key of the credit."""
    return derived("bonus", account_id, key)


def gifts_of(given_by: AccountId, account_id: AccountId) -> StreamId:
    """Return the id of what a member of staff gave an account alone."""
    return derived("gifts", given_by, account_id)


def handle_claim_of(handle: str) -> StreamId:
    """Return the stream whose first fact decides who owns a handle, whatever its case."""
    return derived("handle", handle.casefold())


def skeleton_claim_of(skeleton: str) -> StreamId:
    """Return the stream whose first fact decides who owns the skeleton of a handle (UTS 39: `domain.account.look_alikes.skeleton`)."""
    return derived("skeleton of a handle", skeleton)


def email_claim_of(email: str) -> StreamId:
    """Return the stream whose first fact decides who owns an e-mail address, whatever its case."""
    return derived("email", email.casefold())


def gate_of(scope: str, *subject: str) -> StreamId:
    """Return the id of a gate: ("fixture", id), ("competition", sport, competition) or ("sport", sport)."""
    return derived("gate", scope, *subject)


def fixture_limit_of(fixture_id: FixtureId) -> StreamId:
    """Return the id of the limit of a match."""
    return derived("fixture limit", fixture_id)


def account_gate_of(account_id: AccountId) -> StreamId:
    """Return the id of the gate that an account has."""
    return derived("account gate", account_id)


def monitoring_of(account_id: AccountId) -> StreamId:
    """Return the id of the monitoring of an account's transfers."""
    return derived("monitoring", account_id)


def producer_of(name: str) -> StreamId:
    """Return the id of a producer of prices."""
    return derived("producer", name)


def sign_ins_of(account_id: AccountId, day: str) -> StreamId:
    """Return the stream of an account's sign-ins of one day (UTC, ISO), so that no stream grows with them for ever."""
    return derived("sign-ins", account_id, day)


def slip_of(bet_id: BetId) -> SlipId:
    """Return the id of the one slip that shows a bet."""
    return derived("slip", bet_id)


def pick_of(account_id: AccountId, key: str) -> SlipId:
    """Return the slip id of a pick that was typed in by hand, by its idempotency key."""
    return derived("pick", account_id, key)


def tail_of(bet_id: BetId) -> StreamId:
    """Return the stream that says which slip a bet was built from."""
    return derived("tail", bet_id)


def tail_day_of(account_id: AccountId, day: str) -> StreamId:
    """Return the stream that counts what an account stakes by tails on one day (UTC, ISO)."""
    return derived("tails of a day", account_id, day)


def follow_of(account_id: AccountId, other_id: AccountId) -> StreamId:
    """Return the one stream of what two accounts are to each other, whichever is named first."""
    return derived("follow", *sorted((account_id, other_id)))


def profile_of(account_id: AccountId) -> StreamId:
    """Return the id of the profile that an account has."""
    return derived("profile", account_id)


def reaction_of(kind: str, account_id: AccountId, slip_id: SlipId) -> StreamId:
    """Return the id of an account's like, repost or save of a slip."""
    return derived("reaction", kind, account_id, slip_id)


def comment_of(account_id: AccountId, key: str) -> CommentId:
    """Return the id of a comment, by its author's idempotency key."""
    return derived("comment", account_id, key)


def draft_of(code: str) -> StreamId:
    """Return the id of the draft that a code stands for."""
    return derived("draft", code)


def mutes_of(account_id: AccountId) -> StreamId:
    """Return the one stream of the words and threads that an account mutes."""
    return derived("mutes", account_id)


def muted_word_of(account_id: AccountId, word: str) -> str:
    """Return what names a muted word to its account, given the sealed word."""
    return derived("muted word", account_id, word)


def notifications_of(account_id: AccountId) -> StreamId:
    """Return the one stream of what an account wants to be told, and of what it saw."""
    return derived("notifications", account_id)


def address_of(account_id: AccountId, channel: str, sealed: str) -> str:
    """Return what names an address of an account, given the sealed address: the same one is always sealed alike."""
    return derived("address", account_id, channel, sealed)


def case_of(kind: str, item_id: str) -> StreamId:
    """Return the id of the moderators' case of a slip, a comment or an account."""
    return derived("moderation", kind, item_id)


def is_uuid7(text: str) -> bool:
    """Tell whether `text` is a UUIDv7 in canonical lowercase form, which alone may be a stream id as it stands."""
    return UUID7.fullmatch(text) is not None
