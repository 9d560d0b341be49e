"""A gateway beside a history: views and gateway follow the same log, each as far as a test lets it."""

import msgspec

from api.channel_names import channel_name
from api.positions import Positions
from api.sealed_text import SealedTexts
from api.stream.all_feeds import all_feeds
from api.stream.channel import Subscription
from api.stream.channel_feed import NotSeen
from api.stream.hub import Hub
from api.stream.metrics import StreamCounts
from domain.fact import micros
from infra.readmodels.memory import MemoryModels, MemoryReads
from infra.readmodels.projector import Projector
from projections.betting import board_queries, portfolio
from tests.views.history import NOON, VIEWS

LOG_ID = "0198d5a4-0000-7000-8000-000000000000"
SHOWN_PARTS = ("currency", "available_minor", "at_risk_minor", "owed_minor")


class PlainTexts:
    """A sealer for histories whose texts stand in the clear."""

    def open_many(self, texts):
        return [each.sealed for each in texts]

    def has_keys(self, _account_ids):
        return True


class Upto:
    """The log, as if it ended at a position."""

    def __init__(self, log):
        self._log, self.upto = log, 0

    def __getattr__(self, name):
        return getattr(self._log, name)

    def head(self):
        return min(self.upto, self._log.head())

    def read(self, after, limit):
        return self._log.read(after, max(0, min(limit, self.upto - after)))


class Streamed:
    """Views and a hub over a history, and subscribers who apply what they are told."""

    def __init__(self, history):
        self.log = Upto(history.log)
        self.models = MemoryModels()
        self.projector = Projector(self.log, self.models, VIEWS)
        self.reads = MemoryReads(self.models)
        self.holds_engagement = False
        self.now_s, self.now_us = 1_000.0, micros(NOON)
        self.traders = set()
        self.begin(0)

    def begin(self, position):
        """A new process of the gateway, which begins to read at a position."""
        feeds = all_feeds(self.reads, SealedTexts(PlainTexts()), self.may_trade)
        now_s, now_us = (lambda: self.now_s), (lambda: self.now_us)
        self.hub = Hub(feeds, Positions(LOG_ID), StreamCounts(), now_s, now_us, lambda: self.holds_engagement)
        self.hub.begin(position)

    async def may_trade(self, account_id):
        return account_id in self.traders

    def project(self, upto):
        self.log.upto = max(upto, self.log.upto)
        self.projector.catch_up()

    def stream(self, upto):
        """Let the gateway see the log up to a position; the gap of every channel is over by then."""
        self.now_s += 1
        facts = [fact for fact in self.log._log.read(self.hub.position, upto - self.hub.position) if type(fact.body) in self.hub.kinds]
        self.hub.take(facts, upto)

    async def reader(self, channel, tick_s=0.05):
        return Reader(self, channel, await self.hub.open(channel_name(channel)), tick_s)

    async def reader_of(self, account_id, channel, tick_s=0.05):
        """A reader who is an account, None where it may not see the channel."""
        name = channel_name(channel)
        try:
            opened = await self.hub.open(name)
            return None if opened is None else Reader(self, channel, opened, tick_s, await self.hub.admit(name, account_id))
        except NotSeen:
            return None


class Reader:
    """A subscriber who applies publications to what it was shown, as the documented recipe says."""

    def __init__(self, streamed, name, channel, tick_s, sight=None):
        self.hub, self.name, self.channel, self.is_paused, self.told = streamed.hub, name, channel, False, []
        self.again = self.is_over = False
        self.shown = None
        if channel is not None:
            self.take(msgspec.json.decode(channel.snapshot()))
            self.subscription = Subscription(channel, self, tick_s, sight)
            self.hub.subscribe(channel, self.subscription)

    def send(self, frame, *, may_wait=False):
        del may_wait
        pushed = msgspec.json.decode(frame)["push"]
        assert pushed["channel"] == self.name
        self.told.append(pushed["pub"])
        self.take(pushed["pub"]["data"])

    def dropped(self, subscription):
        self.again = True
        self.hub.unsubscribe(subscription)

    def ended(self, subscription):
        self.is_over = True
        self.hub.unsubscribe(subscription)

    def take(self, data):
        self.position = int(data["position"].split(".")[1], 16)
        self.shown = data["snapshot"] if "snapshot" in data else applied(self.shown, data["changes"])


def applied(shown, changes):
    """What is shown after changes: the recipe of docs/mechanisms/push.md."""
    if "market" in changes:
        return changes["market"]
    if "at_risk" in shown:
        by_id = {each["fixture_id"]: each for each in (*shown["at_risk"], *changes["at_risk"])}
        waiting = changes.get("referrals", shown["referrals"])
        return {"at_risk": [each for each in by_id.values() if each["sums"]], "referrals": waiting}
    if "unread" in shown:
        return changes
    if "entries" in shown:
        gone = {*changes["gone"], *[each["slip_id"] for each in changes["entries"]]}
        entries = [each for each in shown["entries"] if each["slip_id"] not in gone] + changes["entries"]
        return {"entries": sorted(entries, key=lambda each: -each["position"])[:50]}
    if "slip_id" in shown:
        return applied_to_slip(shown, changes)
    if "markets" in changes:
        by_id = {market["market_id"]: market for market in shown["markets"]} | {each["market_id"]: each for each in changes["markets"]}
        return {**shown, **changes.get("fixture", {}), "markets": list(by_id.values())}
    shown = {**shown, **changes.get("money", {})}
    for bet in changes["bets"]:
        lists = {name: [each for each in shown[name]["items"] if each["bet_id"] != bet["bet_id"]] for name in ("open", "settled")}
        lists["open" if bet["status"] in ("pending", "open") else "settled"].insert(0, bet)
        shown |= {name: {**shown[name], "items": items} for name, items in lists.items()}
    shown["open"]["items"] = shown["open"]["items"][:200]
    shown["settled"]["items"] = shown["settled"]["items"][:50]
    return shown


def applied_to_slip(shown, changes):
    """A slip after changes, with the comments that came."""
    bet = {**shown["bet"], **changes.get("bet", {})}
    for each in changes.get("legs", []):
        leg = {name: value for name, value in each.items() if name != "leg"}
        bet["legs"] = [leg if number == each["leg"] else old for number, old in enumerate(bet["legs"])]
    comments = shown.get("thread", {}) | {each["comment_id"]: each for each in changes.get("comments", [])}
    gone = changes.get("withdrawn", [])
    kept = {key: each for key, each in comments.items() if each["author"] is None or each["author"]["account_id"] not in gone}
    return {**shown, **changes.get("slip", {}), "bet": bet, "thread": kept}


async def reloaded(streamed, channel):
    """What a fresh query shows."""
    name = channel_name(channel)
    if name.kind == "fixture":
        found = await board_queries.fixture(streamed.reads, name.subject_id, streamed.now_us)
    elif name.kind == "market":
        found = await board_queries.market(streamed.reads, name.subject_id, streamed.now_us)
    else:
        found = await portfolio.portfolio(streamed.reads, name.subject_id)
    return msgspec.json.decode(msgspec.json.encode(found))


def comparable(shown):
    """What is compared: pages of bets end where they end, their cursors are of the query alone."""
    if shown is None or "open" not in shown:
        return shown
    return {**shown, "open": shown["open"]["items"], "settled": shown["settled"]["items"]}
