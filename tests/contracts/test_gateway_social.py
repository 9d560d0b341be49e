"""What people share, over real sockets: to accounts alone, to each what it may see, and no longer than it may."""

import asyncio

from domain.fact import Recorded, UnknownFact
from domain.market.facts import MarketPriced
from domain.odds import parse
from domain.slip.facts import SlipLeg
from tests.contracts.gateway_under_test import FIXTURE, MARKET, client, raw, subscribed
from tests.views.history import MARKS, priced
from tests.views.streaming import applied

LEG = SlipLeg(FIXTURE, MARKET, "home", parse("2.35"), 1)


def shared(product, author_id, **how):
    sealed = product.sealer.seal(author_id, "a stream", "Home all the way.")
    return product.history.pick(author_id, legs=(LEG,), caption=sealed, **how)


def test_a_slip_lives_and_ends_for_whom_its_author_blocks(product):
    async def story():
        ann, ben = product.bettor(), product.bettor()
        slip_id = shared(product, ann.account_id)
        channel = f"slip:{slip_id}"
        async with product.gateway() as gateway, client(gateway, product.token(ben)) as (made, _):
            subscription, events, told = await subscribed(made, channel)
            shown = told.data["snapshot"]
            assert (shown["caption"], shown["likes"], shown["bet"]["legs"][0]["fixture"]["home"]) == ("Home all the way.", 0, "Norway")
            assert not {"liked", "saved", "held"} & set(shown)
            product.history.add(MARKET, MarketPriced(priced("3.33", "3.5", "4"), product.history.at(), marks=MARKS))
            shown = applied(shown, (await events.next("on_publication")).pub.data["changes"])
            assert shown["bet"]["legs"][0]["current_odds"] == "3.33"
            sealed = product.sealer.seal(ben.account_id, "another stream", "Well said.")
            product.history.comment("1", ben.account_id, slip_id, ann.account_id, sealed)
            while not (changes := (await events.next("on_publication")).pub.data["changes"]).get("comments"):
                pass
            assert [(each["author"]["handle"], each["text"]) for each in changes["comments"]] == [(ben.handle, "Well said.")]
            product.history.block(ann.account_id, ben.account_id)
            assert (await events.next("on_unsubscribed")).code == 2000
            await subscription.subscribe()
            assert (await events.next("on_unsubscribed")).code == 102

    asyncio.run(story())


def test_a_slip_is_there_for_those_alone_who_may_see_it_and_answered_to_others_as_if_there_was_none(product):
    async def story():
        ann, ben, cleo = (product.bettor() for _ in range(3))
        product.history.follow(ben.account_id, ann.account_id)
        channel = f"slip:{shared(product, ann.account_id, visibility='followers')}"
        asked = {"subscribe": {"channel": channel}}
        async with product.gateway() as gateway:
            for token, code in (("", 102), (product.token(cleo), 102), (product.token(ben), None), (product.token(ann), None)):
                async with raw(gateway, token) as made:
                    (told,) = await made.ask({"id": 2, **asked})
                    assert told.get("error", {}).get("code") == code
            async with raw(gateway, product.token(ben)) as made:
                await made.ask({"id": 2, **asked})
                for number, method in enumerate(("history", "presence", "presence_stats"), 3):
                    (refused,) = await made.ask({"id": number, method: {"channel": channel}})
                    assert refused["error"]["code"] == 108, "who looks at a slip, and what was said before, is told to nobody"
                product.history.unfollow(ben.account_id, ann.account_id)
                (ended,) = await made.replies()
                assert ended["push"]["unsubscribe"]["code"] == 2000
                (told,) = await made.ask({"id": 9, **asked})
                assert told["error"]["code"] == 102

    asyncio.run(story())


def test_a_slip_recovers_from_a_gateway_that_was_killed_and_is_shown_anew_to_whom_other_comments_are_hidden_now(product):
    async def story():
        ann, ben, cleo = (product.bettor() for _ in range(3))
        slip_id = shared(product, ann.account_id)
        async with product.gateway() as gateway, raw(gateway, product.token(ben)) as made:
            (told,) = await made.ask({"id": 2, "subscribe": {"channel": f"slip:{slip_id}"}})
        since = {"recover": True, "epoch": told["subscribe"]["epoch"], "offset": told["subscribe"]["offset"]}
        product.history.react("like", cleo.account_id, slip_id, ann.account_id)
        async with product.gateway() as gateway:
            async with raw(gateway, product.token(ben)) as made:
                (again,) = await made.ask({"id": 2, "subscribe": {"channel": f"slip:{slip_id}", **since}})
                (missed,) = again["subscribe"]["publications"]
                assert (again["subscribe"]["recovered"], missed["data"]["changes"]["slip"]["likes"]) == (True, 1)
            product.history.block(ben.account_id, cleo.account_id)
            await gateway.hub.reached(product.log.head())
            async with raw(gateway, product.token(ben)) as made:
                (again,) = await made.ask({"id": 2, "subscribe": {"channel": f"slip:{slip_id}", **since}})
                assert again["subscribe"]["recovered"] is False
                assert again["subscribe"]["data"]["snapshot"]["likes"] == 1

    asyncio.run(story())


def test_new_slips_of_those_followed_come_into_the_feed_and_into_nobody_elses(product):
    async def story():
        ann, ben = product.bettor(), product.bettor()
        product.history.follow(ben.account_id, ann.account_id)
        async with product.gateway() as gateway, client(gateway, product.token(ben)) as (made, _):
            _, events, told = await subscribed(made, f"feed:#{ben.account_id}")
            assert told.data["snapshot"] == {"entries": []}
            slip_id = shared(product, ann.account_id)
            pub = (await events.next("on_publication")).pub
            (entry,) = pub.data["changes"]["entries"]
            assert (entry["slip_id"], entry["author_id"], entry["reposted_by_id"]) == (slip_id, ann.account_id, None)
            product.history.unfollow(ben.account_id, ann.account_id)
            assert (await events.next("on_publication")).pub.data["changes"]["gone"] == [slip_id]
            async with raw(gateway, product.token(ann)) as other:
                (refused,) = await other.ask({"id": 2, "subscribe": {"channel": f"feed:#{ben.account_id}"}})
                assert refused["error"]["code"] == 103

    asyncio.run(story())


def test_a_block_as_only_a_newer_process_can_read_it_leaves_no_slip_open_by_what_it_knew_before(product):
    async def story():
        ann, ben = product.bettor(), product.bettor()
        slip_id = shared(product, ann.account_id)
        async with product.gateway() as gateway, client(gateway, product.token(ben)) as (made, _):
            _, events, _ = await subscribed(made, f"slip:{slip_id}", min_resubscribe_delay=0.05)
            unknown = Recorded(gateway.hub.position + 1, "any", 1, UnknownFact("follow.blocked.v9"))
            gateway.hub.take([unknown], gateway.hub.position)
            assert (await events.next("on_subscribing")).code == 2500
            assert (await events.next("on_error")).error.code == 100, "the views have not passed that fact"
            product.history.react("like", ben.account_id, slip_id, ann.account_id)
            assert (await events.next("on_subscribed")).data["snapshot"]["likes"] == 1

    asyncio.run(story())
