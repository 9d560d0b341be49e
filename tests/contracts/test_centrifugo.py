"""Clients of a real Centrifugo are told what they are told by the gateway itself: the same stories of the official clients pass on both."""

import pytest

from api.stream import told_channel
from tests.contracts import test_gateway_clients as clients
from tests.contracts import test_gateway_social as social

STORIES = [
    clients.test_anybody_is_shown_a_match_and_what_changes_in_it,
    clients.test_an_account_is_told_of_its_bets_and_money_in_order_and_places_bets_on_the_socket,
    clients.test_bets_on_a_socket_are_refused_by_the_same_problems_as_over_http,
    clients.test_history_presence_and_joining_work_through_the_client,
    clients.test_a_connection_is_refreshed_before_its_token_runs_out,
    clients.test_a_snapshot_is_byte_for_byte_what_the_query_answers,
    social.test_a_slip_lives_and_ends_for_whom_its_author_blocks,
    social.test_new_slips_of_those_followed_come_into_the_feed_and_into_nobody_elses,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.removeprefix("test_"))
def test_behind_a_centrifugo(product_behind_a_centrifugo, story, monkeypatch):
    monkeypatch.setattr(told_channel, "REPEAT_S", 600.0)  # a story counts what it is told, and its changes come when all is subscribed
    story(product_behind_a_centrifugo)
