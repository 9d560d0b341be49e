"""The shading of the matches that are played: which tilt each is priced at, and which prices are to be given again."""

from collections.abc import Iterable, Mapping

from commands.trading.replay.match_player import MatchPlayer
from commands.trading.replay.match_steps import Step
from commands.trading.replay.offer import MatchOffer
from commands.trading.replay.sports import SPORTS
from commands.trading.shading.shader import Shader
from domain.fixture.state import Fixture
from domain.pricing.shading import has_moved


class MatchShading:
    """Sets the tilts of matches by what a shader says; without one, and for sports that have no grid of scores, there is none."""

    def __init__(self, shader: Shader | None) -> None:
        self._shader = shader

    def watch(self, offer: MatchOffer, fixture: Fixture, since: int | None) -> None:
        """Count the bets on a match before its markets open; `since` is the position at which it began, None for one that is new.

        Raises:
            StoreUnavailable: when the log cannot be read.

        """
        if self._shader is not None and SPORTS[offer.match.sport].shaded is not None:
            self._shader.watch(offer.fixture_id, offer.market_ids, fixture.shading_thousandths_max, since)

    def forget(self, matches: Iterable[MatchPlayer]) -> None:
        """Count the bets on matches that are over no more."""
        if self._shader is not None:
            for playing in matches:
                self._shader.forget(playing.offer.fixture_id)

    def look(self, matches: Iterable[MatchPlayer]) -> None:
        """Set the tilts that open bets want by now; where one moved, the standing prices are to be given again.

        Raises:
            StoreUnavailable: when the log cannot be read.

        """
        moved = self._shader.look() if self._shader is not None else frozenset()
        for playing in matches if moved else ():
            if playing.offer.fixture_id in moved and self.set_tilt(playing, playing.standing):
                playing.fall_behind("liability")

    def set_tilt(self, playing: MatchPlayer, step: Step | None) -> bool:
        """Set the tilt that a match has at a step, or before it begins; return whether it is another one than before."""
        shader, offer = self._shader, playing.offer
        if shader is None:
            return False
        limit = shader.limit_of(offer.fixture_id)
        score = (0, 0) if step is None else (step.home, step.away)
        wanted = shader.tilt(offer.fixture_id, score, limit)
        if playing.tilted_at == score and not has_moved(playing.tilt, wanted, limit):
            return False
        before, playing.tilt, playing.tilted_at = playing.tilt, wanted, score
        return before != wanted

    def limit(self, matches: Iterable[MatchPlayer], over_limit: Mapping[str, int]) -> set[str]:
        """Take in that prices of these markets were refused, shaded over a limit that came meanwhile; return the matches."""
        found = set[str]()
        for playing in matches:
            limits = [over_limit[market_id] for market_id in playing.offer.market_ids.values() if market_id in over_limit]
            if limits and self._shader is not None:
                self._shader.limit(playing.offer.fixture_id, min(limits))
                found.add(playing.offer.fixture_id)
        return found
