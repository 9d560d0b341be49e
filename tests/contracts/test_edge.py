"""Behind an edge, clients are told what they are told by the gateway itself: the same stories pass on both."""

import asyncio
import json

import jwt
import pytest

from api.auth.socket_tokens import SocketTokens
from tests.contracts import test_gateway_clients as clients
from tests.contracts import test_gateway_social as social
from tests.contracts.gateway_under_test import KEY, Product, raw

STORIES = [
    clients.test_anybody_is_shown_a_match_and_what_changes_in_it,
    clients.test_who_comes_back_gets_what_was_missed_from_a_gateway_that_was_started_again,
    clients.test_an_account_is_told_of_its_bets_and_money_in_order_and_places_bets_on_the_socket,
    clients.test_bets_on_a_socket_are_refused_by_the_same_problems_as_over_http,
    clients.test_a_token_names_channels_and_the_connection_is_in_them_from_the_start,
    clients.test_history_presence_and_joining_work_through_the_client,
    clients.test_a_suspension_reaches_a_socket_that_looks_from_the_background,
    clients.test_a_snapshot_is_byte_for_byte_what_the_query_answers,
    social.test_a_slip_lives_and_ends_for_whom_its_author_blocks,
    social.test_a_slip_is_there_for_those_alone_who_may_see_it_and_answered_to_others_as_if_there_was_none,
    social.test_new_slips_of_those_followed_come_into_the_feed_and_into_nobody_elses,
]


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__.removeprefix("test_"))
def test_behind_an_edge(product_behind_an_edge, story):
    story(product_behind_an_edge)


def test_what_an_edge_may_ask_no_client_may_and_an_edge_needs_a_token_of_the_key_that_has_not_run_out(product_behind_an_edge):
    product = product_behind_an_edge
    ann, ben = product.bettor(), product.bettor()
    forged = SocketTokens("another key that is long enough to sign with", product.clock, "").edge()
    late = jwt.encode({"aud": "edge", "exp": 1}, KEY, "HS256")
    session = {"account_id": ann.account_id, "session_id": ann.session_id, "version": ann.version}
    asked = [
        ({"subscribe": {"channel": f"portfolio:#{ann.account_id}"}}, 103),
        ({"subscribe": {"channel": f"slip:{ann.account_id}@{ann.account_id}"}}, 102),
        ({"rpc": {"method": "edge.session", "data": session}}, 104),
        ({"rpc": {"method": "edge.call", "data": {"session": session, "method": "place_bet"}}}, 104),
    ]

    async def story():
        async with Product.gateway(product) as origin:
            async with raw(origin, product.token(ben)) as made:
                for number, (command, code) in enumerate(asked, 2):
                    (reply,) = await made.ask({"id": number, **command})
                    assert reply["error"]["code"] == code, command
            async with raw(origin) as made:
                await made.websocket.send(json.dumps({"id": 1, "connect": {"token": forged}}))
                assert await made.closed() == 3500
            async with raw(origin) as made:
                assert (await made.ask({"id": 1, "connect": {"token": late}}))[0]["error"]["code"] == 109
            async with raw(origin, product.tokens.edge()) as edge:
                for number, (command, _) in enumerate(asked[:1] + asked[2:3], 2):
                    (reply,) = await edge.ask({"id": number, **command})
                    assert "error" not in reply, command
                for number, method in enumerate(("edge.session", "edge.call"), 5):
                    (reply,) = await edge.ask({"id": number, "rpc": {"method": method, "data": {"session": 5, "account_id": 5}}})
                    assert reply["rpc"]["data"] in (True, None), "what is not understood names no session and no method"

    asyncio.run(story())
