"""Through a real Centrifugo the official JavaScript client is told what it is told by the gateway itself: the same stories pass on both."""

import pytest

from api.stream import told_channel
from tests.contracts import test_gateway_javascript_client as clients

STORIES = [
    clients.test_an_account_bets_by_rpc_and_is_told_of_it_and_asks_for_history_and_presence,
    clients.test_a_client_brings_newer_tokens_and_one_that_is_refused_stays_away,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.removeprefix("test_"))
def test_behind_a_centrifugo(product_behind_a_centrifugo, story, monkeypatch):
    monkeypatch.setattr(told_channel, "REPEAT_S", 600.0)  # a story counts what it is told, and its changes come when all is subscribed
    story(product_behind_a_centrifugo)
