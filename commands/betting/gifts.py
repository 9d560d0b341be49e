"""Gives an account a free bet or a bonus: at once where one member of staff may, else it is proposed, and another trader approves it.

How much one gives one account alone is counted in a stream of the two, written in the append of the gift. So of two gifts at two processes
the second is decided again with the first, and no number of small ones passes the rule.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from commands.accounts.access import CONSOLES, account_gate_streams, actor_streams, check_may_bet, check_role, within_the_hour
from commands.betting.wallet_ids import remembered_wallet_of
from commands.dispatch.stream import Stream
from commands.dispatch.unit_of_work import UnitOfWork
from commands.dispatch.use_case import StreamRef
from commands.trading.proposing import Gift, propose
from domain.bonus.commands import CreditBonus
from domain.bonus.decider import BONUS
from domain.fact import micros
from domain.free_bet.commands import GrantFreeBet
from domain.free_bet.decider import FREE_BET
from domain.gifts.commands import CountGift
from domain.gifts.decider import GIFTS, GiftNeedsApproval
from domain.ids import gifts_of
from domain.proposal.decider import Proposal
from domain.unknown import AccountUnknown
from domain.wallet.decider import WALLET, CurrencyMismatch


def streams_of_gift(ask: Gift) -> Sequence[StreamRef]:
    """Name the gift, the account's wallet and gate, who gives it, and what they gave the account before."""
    return (
        _ref(ask),
        StreamRef(WALLET, remembered_wallet_of(ask.account_id)),
        account_gate_streams(ask.account_id),
        *actor_streams(ask.actor),
        *[StreamRef(GIFTS, gifts_of(account.stream_id, ask.account_id)) for account in actor_streams(ask.actor)],
    )


def give(ask: Gift, streams: UnitOfWork, *, is_approved: bool = False) -> tuple[Stream[Any], Stream[Proposal] | None]:
    """Give it, or propose it where one alone may not; return its stream, and the proposal if it is one. A repeat changes nothing.

    The operator's console gives alone whatever it asks for: it has no account.

    Raises:
        ActorWithoutRole: when neither a trader, an admin nor the console asks. AccountUnknown: when there is no such account.
        CurrencyMismatch: when its wallet is of another currency.
        StaffDoNotBet, AccountIsClosed, SelfExcludedNow, TimedOutNow: when it may not bet now: nobody who is excluded is offered anything.
        ProposalClosed: when the same was rejected too often. Refused: what the rules of the free bet or the bonus refuse.

    """
    _check_given(ask, streams)
    gift = streams.load(*_ref(ask))
    asked = msgspec.structs.replace(ask, now_us=streams.now_us or micros(ask.at))
    if not gift.aggregate.decide(gift.state, asked):
        return gift, None
    check_may_bet(streams, ask.account_id)
    streams.not_after(micros(ask.expires_at) - 1)
    if not is_approved and ask.actor not in CONSOLES:
        given = streams.load(GIFTS, gifts_of(ask.actor, ask.account_id))
        what = (gift.stream_id, ask.amount_minor, ask.currency)
        try:
            given.decide(CountGift(ask.account_id, ask.actor, *what, within_the_hour(streams, ask.at)))
        except GiftNeedsApproval as needed:
            return gift, propose(ask, "grant_free_bet" if isinstance(ask, GrantFreeBet) else "credit_bonus", needed.title, streams)
    gift.decide(asked)
    return gift, None


def _check_given(ask: Gift, streams: UnitOfWork) -> None:
    """Check who gives, and that the account has a wallet of its currency.

    Raises:
        ActorWithoutRole, AccountUnknown, CurrencyMismatch: in this order.

    """
    check_role(streams, ask.actor, "trader", "admin")
    wallet = streams.look(WALLET, remembered_wallet_of(ask.account_id)).state
    if not wallet.currency:
        raise AccountUnknown(ask.account_id)
    if ask.currency != wallet.currency:
        raise CurrencyMismatch(ask.currency, wallet.currency)


def _ref(ask: Gift) -> StreamRef:
    return StreamRef(BONUS, ask.bonus_id) if isinstance(ask, CreditBonus) else StreamRef(FREE_BET, ask.free_bet_id)
