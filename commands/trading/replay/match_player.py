"""Replays one match: yields the commands due at each step of its timeline."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from commands.trading.replay.match_markets import model_of, results
from commands.trading.replay.match_steps import Step
from commands.trading.replay.offer import MatchOffer
from commands.trading.replay.sports import SPORTS
from domain.fact import Recorded
from domain.fixture.commands import AdvanceClock, ChangeScore, EndFixture, FixtureCommand, KickOff
from domain.fixture.facts import ScoreChanged
from domain.fixture.state import Fixture
from domain.market.commands import CloseMarket, MarketCommand, PriceMarket, ResultMarket, ResumeMarket, SuspendMarket
from domain.market.facts import MarketSuspended
from domain.odds import Odds
from domain.pricing import Book, Books, PricedMarket
from domain.pricing.tilt import Tilt
from domain.score_model import ScoreModel
from domain.settling.rules import FIRST_HALF, MatchScore, results_of, type_of

PRICED_APART_S = 0.1
"""How far apart prices of a market are at least, but for those after a goal: ten a second at most, the others are given together."""


class MatchPlayer:
    """A match being played: its offer, its steps, which of them is next, and when (on the monotonic clock) it kicked off.

    `speed` is simulated seconds a real second. `tilt` is how its scores are shaded, counting goals to come from the score `tilted_at`.
    """

    def __init__(self, offer: MatchOffer, speed: float) -> None:
        self.offer = offer
        self._sport = SPORTS[offer.match.sport]
        self._steps = self._sport.steps(offer.match)
        self._next = 0
        self._kicked_off_s = 0.0
        self._speed = speed
        self._decided: set[PricedMarket] = set()
        self._was_suspended = False
        self._held: Collection[PricedMarket] = ()
        self.tilt: Tilt = ()
        self.tilted_at = (0, 0)
        self._now_s = 0.0
        self._priced_s = -PRICED_APART_S
        self._behind = ""

    def kick_off(self, now_s: float) -> None:
        """Begin at the first step."""
        self._kicked_off_s = now_s

    def resume(self, fixture: Fixture, now_s: float, held: Collection[PricedMarket] = ()) -> None:
        """Go on from where the log says the fixture stands: the last step it shows is done again, since its markets may not have followed.

        The markets `held` stay suspended until a goal was told, and come back with the others after it.
        """
        self._next = self._sport.reached(self._steps, fixture)
        self._kicked_off_s = now_s - self._steps[self._next].at_s / self._speed
        self._was_suspended = True
        self._held = held

    @property
    def is_over(self) -> bool:
        """Whether the last step was taken."""
        return self._next >= len(self._steps)

    def due(self, now_s: float) -> Step | None:
        """Return the step to take now; a minute is skipped when the next one has begun already."""
        self._now_s = now_s
        elapsed_s = (now_s - self._kicked_off_s) * self._speed
        if self.is_over or self._steps[self._next].at_s > elapsed_s:
            return None
        while self._next + 1 < len(self._steps) and self._is_past(elapsed_s):
            self._next += 1
        return self._steps[self._next]

    def _is_past(self, elapsed_s: float) -> bool:
        here, following = self._steps[self._next], self._steps[self._next + 1]
        return here.kind == following.kind == "minute" and here.period == following.period and following.at_s <= elapsed_s

    def stop_betting(self, step: Step, at: datetime) -> Iterator[MarketCommand]:
        """Yield what must be so before the step is told: suspended at a goal, closed after 90 minutes."""
        for market_id in self._undecided():
            if step.betting == "closed":
                yield CloseMarket(market_id, at, self.offer.producer)
            elif step.kind == "goal":
                yield SuspendMarket(market_id, step.reason, at, self.offer.producer)

    def tell(self, step: Step, at: datetime) -> Iterator[FixtureCommand]:
        """Yield what happens to the fixture."""
        fixture_id, match, producer = self.offer.fixture_id, self.offer.match, self.offer.producer
        match step.kind:
            case "kick_off":
                yield KickOff(fixture_id, at, producer)
            case "goal" | "point":
                stands = (step.home, step.away, step.minute, step.period)
                yield ChangeScore(fixture_id, *stands, at=at, actor=producer, tennis=step.tennis)
            case "minute" | "reopen" | "half_time" | "full_time" | "penalties":
                yield AdvanceClock(fixture_id, step.minute, step.period, at, producer)
            case "end":
                regular, winner = self._sport.regular(match, step), self._sport.shootout_winner(match)
                yield EndFixture(fixture_id, *regular, step.home, step.away, at, winner, producer)

    def follow_up(self, step: Step, books: Books, at: datetime) -> Iterator[MarketCommand]:
        """Yield what follows from the step: betting at the prices of the moment, and the results once the match is over.

        A market without prices is decided: it closes for good, and has its result at once where the score cannot change it any more.
        """
        if step.kind == "end":
            yield from results(self.offer.fixture_id, tuple(self.offer.market_ids), at, self.offer.producer)
        if step.kind == "half_time":
            first_half = [market for market in self.offer.market_ids if type_of(market.type).period == FIRST_HALF]
            yield from results(self.offer.fixture_id, first_half, at, self.offer.producer)
        if step.betting != "open":
            return
        cause = "goal" if step.kind in ("goal", "point", "reopen") or self._was_suspended else "clock"
        is_early = cause == "clock" and step.kind == "minute" and self._now_s < self._priced_s + PRICED_APART_S
        self._behind, self._priced_s = (self._behind or cause, self._priced_s) if is_early else ("", self._now_s)
        for market, market_id in self.offer.market_ids.items():
            if market in self._decided:
                continue
            book = books[market]
            if not book.prices:
                self._decided.add(market)
                yield CloseMarket(market_id, at, self.offer.producer)
                score = MatchScore("playing", step.home, step.away, step.half_time)
                if results_of(market.type, market.specifiers, score) is not None:
                    yield ResultMarket(market_id, at, actor=self.offer.producer)
                continue
            if is_early:
                continue
            given = book_at(book, at, self.offer.producer, self._model(market, step), cause)
            if self._was_suspended and market not in self._held:
                yield ResumeMarket(market_id, *given)
            yield PriceMarket(market_id, *given)

    @property
    def has_begun(self) -> bool:
        """Whether a step was taken."""
        return self._next > 0

    @property
    def standing(self) -> Step | None:
        """The step that was taken last, where bets are taken since: its prices are those that stand."""
        step = self._steps[self._next - 1] if self._next else None
        return step if step is not None and step.betting == "open" else None

    def fall_behind(self, cause: str) -> None:
        """Note that the standing prices are to be given again, for a cause."""
        self._behind = cause

    def may_catch_up(self, now_s: float) -> bool:
        """Whether prices are to be given again, and may be by now."""
        self._now_s = now_s
        return bool(self._behind) and now_s >= self._priced_s + PRICED_APART_S and (self.standing is not None or not self.has_begun)

    def price_again(self, books: Books, at: datetime) -> Iterator[PriceMarket]:
        """Yield the prices of the moment, that of the last step, for every market that takes bets.

        Those that are void by now become fresh with that.
        """
        step, cause = self.standing, self._behind or "feed"
        self._behind, self._priced_s = "", self._now_s
        for market, market_id in self.offer.market_ids.items():
            if market not in self._decided and market not in self._held and books[market].prices:
                given = book_at(books[market], at, self.offer.producer, self._model(market, step), cause)
                yield PriceMarket(market_id, *given)

    def taken(self, step: Step) -> None:
        """Note that the step is done."""
        self._was_suspended = step.betting == "suspended"
        if self._was_suspended:
            self._held = ()
        if step.betting == "closed":
            self._decided.update(self.offer.market_ids)
        self._next += 1

    def drain(self) -> None:
        """Play no further: the match was abandoned."""
        self._next = len(self._steps)

    def _model(self, market: PricedMarket, step: Step | None) -> ScoreModel | None:
        model = model_of(self.offer, market, step)
        return model if model is None or not self.tilt else msgspec.structs.replace(model, tilt_thousandths=self.tilt)

    def _undecided(self) -> list[str]:
        return [market_id for market, market_id in self.offer.market_ids.items() if market not in self._decided]


def book_at(
    book: Book, at: datetime, producer: str, model: ScoreModel | None, cause: str
) -> tuple[dict[str, Odds], datetime, dict[str, Odds], str, str, ScoreModel | None, str]:
    """Return what a command with prices has after its market: prices, time, what is withdrawn, the producer, who asks, model and cause."""
    return book.prices, at, book.withdrawn, producer, producer, model, cause


def held_back(fixture: Sequence[Recorded[Any]], markets: Mapping[PricedMarket, Sequence[Recorded[Any]]]) -> frozenset[PricedMarket]:
    """Return which markets of a live fixture are suspended for something else than a goal that was told.

    Either their goal is yet to be told, and reopening them now would sell at prices from before it, or a trader suspended them by hand. The
    two look alike and are treated alike: a suspension by hand, too, ends with the reopening after the next goal, unless the trader ends
    it before.
    """
    told_at = max((recorded.position for recorded in fixture if isinstance(recorded.body, ScoreChanged)), default=0)
    return frozenset(
        market
        for market, facts in markets.items()
        if facts and isinstance(facts[-1].body, MarketSuspended) and facts[-1].position > told_at
    )
