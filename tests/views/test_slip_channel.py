"""Whoever applies what `slip:<id>` pushes sees what reading the slip and its comments again shows, and nothing that they may not see."""

import asyncio
import random

import msgspec
import pytest

from domain.comment.facts import CommentHeld, CommentReleased
from domain.ids import case_of
from domain.market.facts import MarketPriced, MarketSuspended
from domain.moderation.facts import AccountShadowed, AccountUnshadowed, ModeratedItem
from domain.mutes.facts import WordMuted
from projections.social import slip_lists, threads
from tests.views.history import MARKS, WON, named, priced
from tests.views.social_history import ACCOUNTS, FIXTURE, LEG, MARKET, SocialHistory, SocialStory
from tests.views.streaming import Streamed

ANN, BEN, CLEO, DAN = ACCOUNTS[:4]
OF_THE_VIEWER = ("liked", "reposted", "saved", "held", "reposted_by")


async def opened(texts):
    return [text for _, text in texts]


async def read_comments(streamed, viewer_id, slip_id):
    """All comments on a slip that somebody is shown, by id, as the pages of REST have them."""
    found = {}
    page = await threads.comments(streamed.reads, viewer_id, slip_id, "", None, 100, streamed.now_us, open_texts=opened)
    for head in page.items:
        replies = await threads.comments(streamed.reads, viewer_id, slip_id, head.comment_id, None, 100, streamed.now_us, open_texts=opened)
        for each in (head, *replies.items):
            shown = msgspec.to_builtins(each)
            found[each.comment_id] = {name: value for name, value in shown.items() if name not in ("replies", "replies_count")}
    return found


async def read_slip(streamed, viewer_id, slip_id):
    found = await slip_lists.slip(streamed.reads, viewer_id, slip_id, streamed.now_us)
    if found is None:
        return None
    shown = {name: value for name, value in msgspec.to_builtins(found).items() if name not in OF_THE_VIEWER}
    return {**shown, "bet": {name: value for name, value in shown["bet"].items() if name != "bet_id"}}


def told(comments):
    """What is compared of comments: those with text, whose parents are shown; what is held is told to nobody."""
    shown = {key: each for key, each in comments.items() if not each["deleted"] and not each["held"]}
    return {key: each for key, each in shown.items() if each["parent_id"] in (None, *comments)}


async def joined(streamed, viewer_id, slip_id, tick_s=0.05):
    """A reader of a slip who read its comments when the snapshot came, as the recipe says."""
    reader = await streamed.reader_of(viewer_id, f"slip:{slip_id}", tick_s)
    if reader is not None:
        reader.shown["thread"] = await read_comments(streamed, viewer_id, slip_id)
    return reader


class Talk(SocialStory):
    """A social story with what people say and do below slips, on a match whose prices move."""

    def __init__(self, seed):
        super().__init__(seed)
        self.history.fixture(FIXTURE)
        self.history.market(MARKET, FIXTURE, "2.35", "3.4", "10/11")
        self.history.kick_off(FIXTURE)
        self.comments, self.shadowed, self.ever_shadowed, self.liked, self.n = {}, set(), set(), set(), 0
        self.turns += (self.say, self.edit, self.take_back, self.hold_comment, self.like, self.tail, self.shadow, self.price)
        self.weights += (40, 8, 6, 5, 30, 8, 2, 10)

    def say(self):
        if (found := self.slip()) is not None:
            self.n += 1
            author, below = self.rng.choice(self.accounts), [key for key, each in self.comments.items() if each[1:] == (found[0], "")]
            parent = self.rng.choice(below) if below and self.rng.random() < 0.4 else ""
            comment_id = self.history.comment(str(self.n), author, *found, f"comment {self.n}", parent)
            self.comments[comment_id] = (author, found[0], parent)

    def edit(self):
        if self.comments:
            comment_id, (author, slip_id, _) = self.rng.choice(list(self.comments.items()))
            self.n += 1
            self.history.edit_comment(comment_id, author, slip_id, f"edited {self.n}")

    def take_back(self):
        if self.comments:
            comment_id = self.rng.choice(list(self.comments))
            author, slip_id, _ = self.comments.pop(comment_id)
            self.history.delete_comment(comment_id, author, slip_id)

    def hold_comment(self):
        if self.comments:
            comment_id, (author, slip_id, _) = self.rng.choice(list(self.comments.items()))
            self.history.add(comment_id, CommentHeld(author, slip_id, "abuse", "Why.", "mo", self.history.at()))
            if self.rng.random() < 0.5:
                self.history.add(comment_id, CommentReleased(author, slip_id, "mo", self.history.at()))

    def like(self):
        if (found := self.slip()) is not None:
            who = self.rng.choice(self.accounts)
            if (found[0], who) in self.liked:
                self.liked.remove((found[0], who))
                self.history.unreact("like", who, *found)
            else:
                self.liked.add((found[0], who))
                self.history.react("like", who, *found)

    def tail(self):
        if (found := self.slip()) is not None:
            self.n += 1
            self.history.tail(self.rng.choice(self.accounts), named("bet", self.n), *found, self.rng.choice(("tail", "fade")))

    def shadow(self):
        account_id = self.rng.choice(self.accounts)
        item, at = ModeratedItem("account", account_id, account_id), self.history.at()
        if account_id in self.shadowed:
            self.shadowed.remove(account_id)
            self.history.add(case_of("account", account_id), AccountUnshadowed(item, "Why.", "mo", at))
        else:
            self.shadowed.add(account_id)
            self.ever_shadowed.add(account_id)
            self.history.add(case_of("account", account_id), AccountShadowed(item, "spam", "Why.", "mo", at))

    def price(self):
        odds = f"2.{self.rng.randint(10, 99)}"
        self.history.add(MARKET, MarketPriced(priced(odds, "3.5", "4"), self.history.at(), marks=MARKS))


async def caught_up(streamed, upto, *, gateway_first=False):
    """Let views and gateway reach a position, whichever is first, and all be read that the gateway must read for it."""
    if gateway_first:
        streamed.stream(upto)
        await asyncio.sleep(0)
    streamed.project(upto)
    streamed.stream(upto)
    slips = streamed.hub._feeds["slip"]._slips
    while waits := [rows.reading for rows in slips.values() if rows.reading is not None]:
        await asyncio.wait(waits)
    streamed.now_s += 5
    streamed.hub.look()


@pytest.mark.parametrize("seed", range(8))
def test_a_slip_and_what_is_pushed_of_it_are_what_a_reload_shows_to_each_who_may_see_it(seed):
    story, rng, holds = Talk(seed), random.Random(seed), random.Random(seed)  # noqa: S311  (a story, not a secret)
    story.go_on(60)
    history = story.history

    async def tell():
        streamed, readers, seen = Streamed(history), {}, 0
        for _ in range(10):
            streamed.holds_engagement = holds.random() < 0.5
            await caught_up(streamed, history.log.head(), gateway_first=rng.random() < 0.5)
            streamed.holds_engagement = False
            streamed.now_s += 5
            streamed.hub.look()
            for (viewer_id, slip_id), reader in list(readers.items()):
                shown = await read_slip(streamed, viewer_id, slip_id)
                assert reader.is_over or reader.again or shown is not None, (viewer_id, slip_id)
                if shown is None:
                    del readers[viewer_id, slip_id]
                    continue
                if reader.is_over or reader.again or rng.random() < 0.05:
                    streamed.hub.unsubscribe(reader.subscription)
                    readers[viewer_id, slip_id] = await joined(streamed, viewer_id, slip_id)
                comments = await read_comments(streamed, viewer_id, slip_id)
                pushed = dict(readers[viewer_id, slip_id].shown)
                mine = pushed.pop("thread", {})
                assert pushed == shown
                if any(each["parent_id"] not in (None, *mine) for each in mine.values()):  # below what was held: as the recipe says
                    mine = readers[viewer_id, slip_id].shown["thread"] = comments
                if viewer_id not in story.ever_shadowed:
                    assert told(mine) == told(comments), (viewer_id, slip_id)
                seen += 1
            for slip_id in rng.sample(list(story.slips), min(3, len(story.slips))):
                viewer_id = rng.choice(story.accounts)
                reader = await joined(streamed, viewer_id, slip_id, rng.choice((0.05, 2.0)))
                assert (reader is None) == (await read_slip(streamed, viewer_id, slip_id) is None)
                if reader is not None:
                    if (viewer_id, slip_id) in readers:
                        streamed.hub.unsubscribe(readers[viewer_id, slip_id].subscription)
                    readers[viewer_id, slip_id] = reader
            story.go_on(rng.randint(1, 8))
        assert seen > 8

    asyncio.run(tell())


def below_one_slip(*, private=False):
    """A history with a slip of Ann's that Ben follows, and a match behind it."""
    history = SocialHistory()
    for number, account_id in enumerate((ANN, BEN, CLEO, DAN)):
        history.account(account_id, f"Player{number}")
    history.fixture(FIXTURE)
    history.market(MARKET, FIXTURE, "2.35", "3.4", "10/11")
    history.kick_off(FIXTURE)
    history.follow(BEN, ANN)
    if private:
        history.profile(ANN, private=True)
    return history, history.pick(ANN, caption="Home all the way.")


@pytest.mark.parametrize(
    ("viewer_id", "happens"),
    [
        (CLEO, lambda history, slip_id: history.change(ANN, slip_id, "followers")),
        (CLEO, lambda history, _: history.profile(ANN, private=True)),
        (BEN, lambda history, slip_id: history.remove(ANN, slip_id)),
        (BEN, lambda history, slip_id: history.hold(ANN, slip_id)),
        (BEN, lambda history, _: history.block(ANN, BEN)),
        (BEN, lambda history, _: history.block(BEN, ANN)),
        (BEN, lambda history, _: history.add(case_of("account", ANN), shadowed(ANN, history.at()))),
    ],
)
def test_a_fact_that_hides_a_slip_ends_the_open_subscription_at_once(viewer_id, happens):
    history, slip_id = below_one_slip()

    async def story():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        reader, author = await joined(streamed, viewer_id, slip_id), await joined(streamed, ANN, slip_id)
        assert reader.shown["caption"] == "Home all the way."
        happens(history, slip_id)
        streamed.hub.take(history.log.read(streamed.hub.position, 100), history.log.head())
        assert reader.is_over
        assert author.is_over is (await read_slip_of(history, ANN, slip_id) is None)
        await caught_up(streamed, history.log.head())
        assert await joined(streamed, viewer_id, slip_id) is None

    asyncio.run(story())


def test_followers_only_is_seen_until_the_follower_is_removed():
    history, slip_id = below_one_slip(private=True)

    async def story():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        assert await joined(streamed, CLEO, slip_id) is None
        assert await joined(streamed, "", slip_id) is None
        reader = await joined(streamed, BEN, slip_id)
        history.react("like", CLEO, slip_id, ANN)
        await caught_up(streamed, history.log.head())
        assert reader.shown["likes"] == 1
        history.unfollow(BEN, ANN)
        streamed.hub.take(history.log.read(streamed.hub.position, 100), history.log.head())
        assert reader.is_over

    asyncio.run(story())


async def read_slip_of(history, viewer_id, slip_id):
    streamed = Streamed(history)
    streamed.project(history.log.head())
    return await read_slip(streamed, viewer_id, slip_id)


def shadowed(account_id, at):
    return AccountShadowed(ModeratedItem("account", account_id, account_id), "spam", "Why.", "mo", at)


def test_comments_come_in_order_and_not_to_those_who_block_or_mute_their_author_or_a_word_in_them():
    history, slip_id = below_one_slip()

    async def story():
        history.mute(BEN, DAN)
        history.add(named("mutes", 1), WordMuted(CLEO, "rubbish", None, history.at()))
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        readers = {each: await joined(streamed, each, slip_id) for each in (ANN, BEN, CLEO)}
        for number, (author, text) in enumerate([(DAN, "first"), (ANN, "what rubbish"), (DAN, "second")]):
            history.comment(str(number), author, slip_id, ANN, text)
        await caught_up(streamed, history.log.head())
        seen = {each: [comment["text"] for comment in reader.shown["thread"].values()] for each, reader in readers.items()}
        assert seen == {ANN: ["first", "what rubbish", "second"], BEN: ["what rubbish"], CLEO: ["first", "second"]}
        history.block(ANN, DAN)
        streamed.hub.take(history.log.read(streamed.hub.position, 100), history.log.head())
        assert (readers[ANN].again, readers[CLEO].again) == (True, False)
        history.add(case_of("account", DAN), shadowed(DAN, history.at()))
        await caught_up(streamed, history.log.head())
        assert readers[CLEO].shown["thread"] == {}

    asyncio.run(story())


def test_engagement_is_told_late_while_it_is_held_back_and_what_hides_or_prices_is_not():
    history, slip_id = below_one_slip()

    async def story():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        reader, streamed.holds_engagement = await joined(streamed, BEN, slip_id), True
        history.react("like", CLEO, slip_id, ANN)
        comment_id = history.comment("1", CLEO, slip_id, ANN, "first")
        await caught_up(streamed, history.log.head())
        assert (reader.told, reader.shown["likes"], reader.shown["thread"]) == ([], 0, {})
        late = await joined(streamed, CLEO, slip_id)
        history.add(comment_id, CommentHeld(CLEO, slip_id, "abuse", "Why.", "mo", history.at()))
        await caught_up(streamed, history.log.head())
        assert (reader.shown["likes"], told(reader.shown["thread"]), late.shown["likes"]) == (1, {}, 1)
        history.react("like", DAN, slip_id, ANN)
        history.add(MARKET, MarketPriced(priced("2.71", "3.5", "4"), history.at(), marks=MARKS))
        await caught_up(streamed, history.log.head())
        assert (reader.shown["bet"]["legs"][0]["current_odds"], reader.shown["likes"]) == ("2.71", 2)
        history.react("like", BEN, slip_id, ANN)
        await caught_up(streamed, history.log.head())
        assert reader.shown["likes"] == 2
        streamed.holds_engagement = False
        streamed.hub.look()
        assert reader.shown["likes"] == late.shown["likes"] == 3
        assert {name: value for name, value in reader.shown.items() if name != "thread"} == await read_slip(streamed, BEN, slip_id)

    asyncio.run(story())


def test_odds_score_and_a_suspension_of_the_match_reach_the_slip():
    history, slip_id = below_one_slip()

    async def story():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        reader = await joined(streamed, BEN, slip_id, tick_s=2.0)
        history.add(MARKET, MarketPriced(priced("2.71", "3.5", "4"), history.at(), marks=MARKS))
        await caught_up(streamed, history.log.head())
        assert reader.shown["bet"]["legs"][0]["current_odds"] == "2.71"
        history.add(MARKET, MarketSuspended("goal", history.at()))
        streamed.hub.take(history.log.read(streamed.hub.position, 100), history.log.head())
        assert reader.shown["bet"]["legs"][0]["current_odds"] is None, "a suspension waits for no gap"

    asyncio.run(story())


def test_a_settled_bet_ends_its_slip():
    history, bet_id = below_one_slip()[0], named("bet", 1)
    history.wallet(ANN, 100_00)
    history.bet(ANN, bet_id, 5_00, (MARKET, "home", "2.35", 1))
    slip_id = history.share(ANN, bet_id, 5_00, LEG)

    async def story():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        reader = await joined(streamed, BEN, slip_id)
        history.settle(ANN, bet_id, "won", 5_00, 11_75, WON)
        await caught_up(streamed, history.log.head())
        assert (reader.shown["bet"]["status"], reader.shown["bet"]["returns_minor"]) == ("won", 11_75)
        assert {name: value for name, value in reader.shown.items() if name != "thread"} == await read_slip(streamed, BEN, slip_id)

    asyncio.run(story())


def test_who_comes_back_to_a_gateway_that_was_started_again_gets_what_was_missed_and_no_more():
    history, slip_id = below_one_slip()

    async def story():
        before = Streamed(history)
        await caught_up(before, history.log.head())
        reader, left_at = await joined(before, BEN, slip_id), history.log.head()
        after = Streamed(history)
        after.begin(left_at - 5)
        await caught_up(after, history.log.head())
        again = await after.reader_of(BEN, f"slip:{slip_id}")
        assert again.channel.data_after(left_at, again.subscription.sight) is None, "nothing happened, and nothing is told"
        history.comment("1", CLEO, slip_id, ANN, "late")
        history.react("like", CLEO, slip_id, ANN)
        later = Streamed(history)
        later.begin(left_at - 5)
        await caught_up(later, history.log.head())
        again = await later.reader_of(BEN, f"slip:{slip_id}")
        reader.take(msgspec.json.decode(again.channel.data_after(left_at, again.subscription.sight)))
        assert (reader.shown["likes"], [each["text"] for each in reader.shown["thread"].values()]) == (1, ["late"])
        assert again.subscription.sight.may_recover(left_at)
        history.block(BEN, CLEO)
        await caught_up(later, history.log.head())
        assert not again.subscription.sight.may_recover(left_at), "what is hidden now was shown then: a snapshot is due"

    asyncio.run(story())


def test_a_slip_is_open_with_its_comments_before_the_views_have_it():
    history, _ = below_one_slip()

    async def story():
        streamed = Streamed(history)
        await caught_up(streamed, history.log.head())
        slip_id = history.pick(ANN, caption="Just now.")
        history.react("like", BEN, slip_id, ANN)
        history.comment("1", BEN, slip_id, ANN, "Quick.")
        streamed.stream(history.log.head())
        reader = await streamed.reader_of(CLEO, f"slip:{slip_id}")
        assert (reader.shown["caption"], reader.shown["likes"], reader.shown["comments"]) == ("Just now.", 1, 1)
        await caught_up(streamed, history.log.head())
        shown = {name: value for name, value in reader.shown.items() if name != "thread"}
        assert shown == await read_slip(streamed, CLEO, slip_id)

    asyncio.run(story())
