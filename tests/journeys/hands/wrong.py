"""Stories that the audit calls wrong, each asked for through the API: every one is refused, by a name, and never a server's fault.

A story sets up what it needs with people of its own, asks for what is wrong and returns the answer. Random hands play beside it.
"""

from collections.abc import Callable, Collection
from datetime import timedelta
from typing import Any, NamedTuple

import httpx

from infra.clock import Clock
from tests.journeys.hands.people import Member
from tests.journeys.hands.world import World, problem_in

SPORT, COMPETITION = "futsal", "Stories"
"""Where nobody else stops betting."""


class WrongStory(NamedTuple):
    """What is asked for, and by which names it may be refused."""

    name: str
    ask: Callable[["Actors"], httpx.Response]
    problems: Collection[str]


WRONG: dict[str, list[WrongStory]] = {}
"""Violation -> the stories that would lead to it."""


def wrong(violation: str, *problems: str) -> Callable[[Callable[["Actors"], httpx.Response]], Callable[["Actors"], httpx.Response]]:
    """Register a story by the violation that the audit would find, and the problems that may be answered."""

    def register(ask: Callable[["Actors"], httpx.Response]) -> Callable[["Actors"], httpx.Response]:
        WRONG.setdefault(violation, []).append(WrongStory(ask.__name__, ask, problems))
        return ask

    return register


class Actors:
    """People who nobody else meddles with, and what they set up for a story."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.one_trader, self.other_trader = self.join("trader"), self.join("trader")
        self.one_moderator, self.other_moderator = self.join("moderator"), self.join("moderator")
        self.support, self.officer = self.join("support"), self.join("compliance")
        self.ada, self.bob = self.join(), self.join()

    def join(self, role: str = "", funds_minor: int = 1_000_00) -> Member:
        """Somebody new, who is none of those that random hands know."""
        member = self.world.join(self.world.name("actor"), funds_minor=0 if role else funds_minor, role=role)
        assert member is not None
        self.world.members.remove(member)
        return member

    def ask(self, name: str, who: Member | None, body: Any = None, /, **where: Any) -> httpx.Response:
        """Ask for what may be refused."""
        return self.world.ask(name, who, body, **where)

    def done(self, name: str, who: Member | None, body: Any = None, /, **where: Any) -> dict[str, Any]:
        """Ask for what must be granted, and return the answer."""
        answer = self.world.ask(name, who, body, **where)
        assert answer.is_success, (name, answer.status_code, answer.text)
        return dict(answer.json()) if answer.content else {}

    def fixture(self, *, is_live: bool = False, sport: str = SPORT) -> str:
        """A match of their own."""
        self.world.asked += 1
        home = f"Story {self.world.asked}"
        body = {"sport": sport, "competition": COMPETITION, "home": home, "away": "Away", "kick_off": "2026-12-11T19:00:00Z"}
        fixture_id = str(self.done("scheduleFixture", self.one_trader, body)["fixture_id"])
        if is_live:
            self.done("kickOff", self.one_trader, fixture_id=fixture_id)
        return fixture_id

    def market(self, fixture_id: str = "", *, is_live: bool = False, kind: str = "match_result", **changed: Any) -> dict[str, Any]:
        """An open market as the screen shows it, on a match of its own unless one is given."""
        fixture_id = fixture_id or self.fixture(is_live=is_live)
        prices = {"home": "2.35", "draw": "3.4", "away": "3.1"} if kind == "match_result" else {"over": "1.9", "under": "1.9"}
        selections = [{"selection": name, "name": name.title(), "odds": odds} for name, odds in prices.items()]
        specifiers = {} if kind == "match_result" else {"total": "0.5"}
        body = {"fixture_id": fixture_id, "type": kind, "specifiers": specifiers, "selections": selections, **changed}
        opened = self.done("openMarket", self.one_trader, body)
        return {"market_id": opened["market_id"], "fixture_id": fixture_id, "version": opened["version"], "prices": prices}

    def agree(self, market: dict[str, Any]) -> None:
        """The other trader gives the prices of a market that stand."""
        self.done("priceMarket", self.other_trader, {"prices": market["prices"]}, market_id=market["market_id"])

    def leg(self, market: dict[str, Any], selection: str = "home", **changed: Any) -> dict[str, Any]:
        """A selection as the screen shows it, or otherwise."""
        leg = {"market_id": market["market_id"], "selection": selection, "odds": market["prices"][selection], "version": market["version"]}
        return {**leg, **changed}

    def free_bet(self, who: Member, **changed: Any) -> str:
        """A free bet of one that a trader grants somebody."""
        return str(self.done("grantFreeBet", self.one_trader, self.gift(**changed), account_id=who.account_id)["free_bet_id"])

    def gift(self, **changed: Any) -> dict[str, Any]:
        """What a free bet of one is granted by."""
        expires_at = (Clock().now() + timedelta(days=1)).isoformat()
        return {"amount_minor": 1_00, "currency": "EUR", "expires_at": expires_at, "reason": "story", **changed}

    def bonus(self, who: Member, **changed: Any) -> str:
        """A bonus of two that a trader credits somebody with, for stakes of one at most."""
        expires_at = (Clock().now() + timedelta(days=1)).isoformat()
        terms = {"amount_minor": 2_00, "times": 5, "odds_min": "1.5", "stake_minor_max": 1_00, "expires_at": expires_at}
        body = {"currency": "EUR", "reason": "story", **terms, **changed}
        return str(self.done("creditBonus", self.one_trader, body, account_id=who.account_id)["bonus_id"])

    def bet(
        self,
        *legs: dict[str, Any],
        who: Member | None = None,
        stake_minor: int = 1_00,
        accept: str = "exact",
        free_bet_id: str = "",
        kind: str = "",
        bonus_id: str = "",
    ) -> httpx.Response:
        """Bet on legs."""
        kind = kind or ("single" if len(legs) == 1 else "multiple")
        body = {"type": kind, "stake_minor": stake_minor, "currency": "EUR", "legs": list(legs), "accept": accept}
        body |= {"free_bet_id": free_bet_id} if free_bet_id else {}
        body |= {"bonus_id": bonus_id} if bonus_id else {}
        return self.ask("placeBet", who or self.ada, body)

    def referred(self, stake_minor: int = 40_00) -> str:
        """A bet of Ada's over the limit of a market to come, which waits for a trader."""
        market = self.market()
        body = {"payout_minor_max": 1_00, "reason": "few know it", "referral_minor_max": 5_000_00, "referral_s": 300}
        self.done("limitPayout", self.one_trader, body, market_id=market["market_id"])
        asked = {"type": "single", "stake_minor": stake_minor, "currency": "EUR", "legs": [self.leg(market)], "accept": "exact"}
        return str(self.done("placeBet", self.ada, {**asked, "refer": True})["bet_id"])

    def end(self, fixture_id: str, home: int = 2, away: int = 1) -> dict[str, Any]:
        """The final whistle, and what it said."""
        body = {"regular_home": home, "regular_away": away, "final_home": home, "final_away": away}
        self.done("endFixture", self.one_trader, body, fixture_id=fixture_id)
        return body

    def approve(self, proposal_id: str) -> None:
        """The other trader looks at what would be done, and agrees."""
        shown = self.done("previewProposal", self.other_trader, proposal_id=proposal_id)
        self.done("approveProposal", self.other_trader, {"preview": shown["preview"]}, proposal_id=proposal_id)

    def abandon(self, fixture_id: str) -> None:
        """A match that is abandoned by two traders."""
        proposal = self.done("abandonFixture", self.one_trader, {"reason": "fog"}, fixture_id=fixture_id)
        self.approve(proposal["proposal_id"])

    def resulted(self, home: int = 2, away: int = 1) -> dict[str, Any]:
        """A market that came out by two traders."""
        market = self.market(is_live=True)
        self.end(market["fixture_id"], home, away)
        made = self.done("resultMarket", self.one_trader, {"home": home, "away": away}, market_id=market["market_id"])
        self.approve(made["proposal_id"])
        return market

    def slip(self, author: Member | None = None, **changed: Any) -> str:
        """A pick that somebody shares."""
        legs = [{"market_id": self.market()["market_id"], "selection": "home", "odds": "7/2"}]
        body = {"visibility": "public", "pick": {"type": "single", "legs": legs}, **changed}
        return str(self.done("shareSlip", author or self.ada, body)["slip_id"])

    def comment(self, author: Member, slip_id: str, **changed: Any) -> str:
        """A comment on a slip."""
        return str(self.done("postComment", author, {"text": "well done", **changed}, slip_id=slip_id)["comment_id"])

    def tell(self, story: WrongStory) -> str:
        """Return what is wrong with what a story was answered, nothing where it was refused by one of its names."""
        answer = story.ask(self)
        problem = problem_in(answer).strip()
        if 400 <= answer.status_code < 500 and problem in story.problems:
            return ""
        return f"{story.name}: {answer.status_code} {answer.text[:600]}"
