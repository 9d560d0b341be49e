"""What waits for a second trader: open proposals, oldest first, with their age and when they expire."""

from datetime import timedelta

import msgspec

from domain.fact import micros, moment
from domain.proposal.facts import ActionProposed, ProposalApproved, ProposalRejected
from projections.trading import proposals
from tests.views.history import NOON, History, named, seen

MINUTE_US = 60_000_000


def proposed(history, number, minutes=30):
    proposal_id = named("proposal", number)
    details = f'{{"market_id":"{named("market", 1)}","number":{number}}}'
    expires_at = moment(micros(NOON) + (minutes + number) * MINUTE_US)
    history.add(proposal_id, ActionProposed("price_market", named("market", 1), details, "Why.", "tom", expires_at, history.at()))
    return proposal_id


def listed(history, now_us=0, **asked):
    async def all_pages(reads):
        found, cursor = [], None
        while True:
            page = await proposals.open_proposals(reads, now_us, cursor=cursor, **asked)
            found += page.items
            cursor = page.next_cursor
            if cursor is None:
                return found

    return seen(history, all_pages)


def test_open_proposals_are_listed_oldest_first_in_pages_of_any_size():
    history = History()
    ids = [proposed(history, number) for number in range(7)]
    for limit in (1, 3, 200):
        assert [one.proposal_id for one in listed(history, limit=limit)] == ids


def test_a_proposal_says_what_it_would_do_how_old_it_is_and_when_it_expires():
    history = History()
    proposal_id = proposed(history, 1)
    (shown,) = listed(history, micros(NOON) + 91 * 1_000_000)
    assert (shown.proposal_id, shown.action, shown.proposed_by, shown.cause) == (proposal_id, "price_market", "tom", "Why.")
    assert msgspec.json.decode(shown.details) == {"market_id": named("market", 1), "number": 1}
    assert (shown.proposed_at, shown.age_s, shown.expires_at) == (NOON + timedelta(seconds=1), 90, NOON + timedelta(minutes=31))


def test_a_proposal_of_a_gift_names_the_account_that_would_get_it():
    history, until = History(), moment(micros(NOON) + 30 * MINUTE_US)
    gift = ActionProposed("grant_free_bet", "", "{}", "Why.", "tom", until, history.at(), holder_id=named("account", 1))
    history.add(named("proposal", 1), gift)
    (shown,) = listed(history)
    assert (shown.account_id, shown.market_id, shown.fixture_id) == (named("account", 1), None, None)


def test_what_was_approved_rejected_or_expired_waits_no_more():
    history = History()
    one, two, three = (proposed(history, number) for number in range(3))
    history.add(one, ProposalApproved("tim", history.at()))
    history.add(two, ProposalRejected("tom", "tim", "no", history.at()))
    assert [shown.proposal_id for shown in listed(history)] == [three]
    expires_us = micros(NOON) + 32 * MINUTE_US
    assert len(listed(history, expires_us - 1_000_000)) == 1
    assert listed(history, expires_us + 1_000_000) == []


def test_a_proposal_names_the_market_or_the_fixture_that_it_is_about():
    history = History()
    proposed(history, 1)
    until = moment(micros(NOON) + 60 * MINUTE_US)
    about = named("fixture", 1)
    history.add(named("proposal", 2), ActionProposed("abandon_fixture", "", "{}", "Why.", "tom", until, history.at(), about))
    assert [(one.market_id, one.fixture_id) for one in listed(history)] == [(named("market", 1), None), (None, about)]
