"""What people ask for among themselves in a history: follows, blocks, slips, reactions, comments, tails, reports, and moderators."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

from commands.accounts.open_account import OpenAccount
from commands.social.comment import CommentOnSlip, RewriteComment
from commands.social.react import React
from commands.social.report import ReportSeenItem
from commands.social.share_slip import PickLeg, ShareBet, SharePick
from commands.social.tail_slip import TailSlip
from domain.account.commands import GrantRole
from domain.comment.commands import DeleteComment
from domain.follow.commands import AcceptRequest, Block, DeclineRequest, Follow, Mute, RemoveFollower, Unblock, Unfollow, Unmute
from domain.ids import derived, slip_of
from domain.moderation.state import REASONS
from domain.odds import exact
from domain.profile.commands import ChangeProfile
from domain.reaction.commands import WithdrawReaction
from domain.slip.commands import ChangeSlip, HoldSlip, ReleaseSlip, RemoveSlip
from tests.simulation.judge.judge import Judge
from tests.simulation.people import ACCOUNTS, MARKETS
from tests.simulation.traders import CONSOLE, Make

MODERATOR = derived("sim moderator")
HOLD_AT = 2
TEXTS = ["s1." + letter * 40 for letter in "ABC"]
KINDS = ("like", "repost", "save")


class Society:
    """Asks one thing at a time; `send(key, make)` as of `People`."""

    def __init__(self, rng: Random, judge: Judge, send: Callable[[str, Make], None]) -> None:
        self._rng, self._judge, self._send = rng, judge, send
        self._asked = 0

    def open_accounts(self) -> None:
        """Give the moderator an account."""
        what = (MODERATOR, "moderator", "moderator@example.org", "argon2", "EUR")
        self._once("account", lambda at: OpenAccount(*what, at))

    def take_office(self) -> None:
        """Let the account act as moderator."""
        self._once("role", lambda at: GrantRole(MODERATOR, "moderator", CONSOLE, at))

    def ask(self) -> None:
        """Ask for something."""
        self._asked += 1
        among_two, of_slips = (self._follow, self._profile), (self._share, self._change, self._tail, self._moderate)
        asks = (*among_two, *of_slips, self._react, self._comment, self._rewrite)
        self._rng.choices(asks, (30, 4, 24, 12, 30, 12, 30, 20, 10))[0]()

    def _once(self, what: str, make: Make) -> None:
        self._send(f"once {what} {self._asked}", make)

    def _follow(self) -> None:
        one, other = self._rng.sample(ACCOUNTS, 2)
        makes: list[tuple[int, Make]] = [
            (30, lambda at: Follow(one, other, at)),
            (6, lambda at: Unfollow(one, other, at)),
            (3, lambda at: RemoveFollower(one, other, at)),
            (10, lambda at: AcceptRequest(one, other, at)),
            (3, lambda at: DeclineRequest(one, other, at)),
            (6, lambda at: Block(one, other, at)),
            (12, lambda at: Unblock(one, other, at)),
            (2, lambda at: Mute(one, other, "all", None, at)),
            (2, lambda at: Unmute(one, other, at)),
        ]
        self._once("follow", self._rng.choices([make for _, make in makes], [weight for weight, _ in makes])[0])

    def _profile(self) -> None:
        account_id, private = self._rng.choice(ACCOUNTS), self._rng.randrange(3) == 0
        self._once("profile", lambda at: ChangeProfile(account_id, None, None, private, at))

    def _share(self) -> None:
        """Show a bet, one's own or another's, or a pick."""
        rng, placed = self._rng, sorted(self._judge.bets.placed)
        author, visibility = rng.choice(ACCOUNTS), rng.choice(["public", "public", "followers"])
        if placed and rng.randrange(4):
            bet_id = rng.choice(placed[-20:])
            author = self._judge.bets.placed[bet_id].body["account_id"] if rng.randrange(8) else author
            self._once("share", lambda at: ShareBet(bet_id, author, visibility, "amount", 0, "", (), (), at))
            return
        slip_id, market_id = derived("sim pick", str(self._asked)), rng.choice(sorted(MARKETS))
        legs = (PickLeg(market_id, rng.choice(MARKETS[market_id].names), exact(2, 1)),)
        self._once("share", lambda at: SharePick(slip_id, author, "single", legs, visibility, "", (), (), at))

    def _slip(self) -> str:
        """Return a slip that is there, sometimes one that is not."""
        slips = sorted(self._judge.social.slips)
        return self._rng.choice(slips[-12:]) if slips and self._rng.randrange(20) else slip_of("nothing")

    def _author_of(self, slip_id: str) -> str:
        slip = self._judge.social.slips.get(slip_id)
        return slip.author if slip is not None and self._rng.randrange(8) else self._rng.choice(ACCOUNTS)

    def _change(self) -> None:
        rng, slip_id = self._rng, self._slip()
        author, visibility, closes = self._author_of(slip_id), rng.choice(["public", "followers"]), rng.choice([None, True, False, False])
        seconds = rng.choice([1, 5, 20])
        makes: list[tuple[int, Make]] = [
            (6, lambda at: ChangeSlip(slip_id, author, visibility, closes, at)),
            (2, lambda at: ChangeSlip(slip_id, author, None, None, at, at + timedelta(seconds=seconds))),
            (1, lambda at: RemoveSlip(slip_id, author, at)),
        ]
        self._once("change", rng.choices([make for _, make in makes], [weight for weight, _ in makes])[0])

    def _react(self) -> None:
        kind, account_id, slip_id = self._rng.choice(KINDS), self._rng.choice(ACCOUNTS), self._slip()
        if self._rng.randrange(3):
            self._once("react", lambda at: React(kind, account_id, slip_id, at))
        else:
            self._once("react", lambda at: WithdrawReaction(kind, account_id, slip_id, at))

    def _comment(self) -> None:
        rng, slip_id, author = self._rng, self._slip(), self._rng.choice(ACCOUNTS)
        comment_id, text = derived("sim comment", str(self._asked)), rng.choice(TEXTS)
        said = [name for name, each in self._judge.social.comments.items() if each.slip_id == slip_id]
        parent_id = rng.choice(sorted(said)) if said and rng.randrange(2) else ""
        self._once("comment", lambda at: CommentOnSlip(comment_id, author, slip_id, parent_id, text, (), at))

    def _rewrite(self) -> None:
        rng, comments = self._rng, self._judge.social.comments
        if not comments:
            return
        comment_id, text = rng.choice(sorted(comments)), rng.choice(TEXTS)
        actor = comments[comment_id].author if rng.randrange(3) else rng.choice(ACCOUNTS)
        if rng.randrange(2):
            self._once("rewrite", lambda at: RewriteComment(comment_id, actor, text, (), at))
        else:
            self._once("delete", lambda at: DeleteComment(comment_id, actor, at))

    def _tail(self) -> None:
        rng, bet_id = self._rng, derived("sim tail", str(self._asked))
        tailer, slip_id, side = rng.choice(ACCOUNTS), self._slip(), rng.choice(["tail", "tail", "fade"])
        stake_minor, cap_minor = rng.choice([1, 2_00, 3_00]), rng.choice([None, 4_00, 6_00, 10_00])
        self._send(bet_id, lambda at: TailSlip(bet_id, tailer, slip_id, side, stake_minor, None, None, at, daily_cap_minor=cap_minor))

    def _moderate(self) -> None:
        rng, slip_id, comments = self._rng, self._slip(), sorted(self._judge.social.comments)
        kind, item_id = ("comment", rng.choice(comments)) if comments and rng.randrange(2) else ("slip", slip_id)
        who, reason = rng.choice(ACCOUNTS), rng.choice(REASONS)
        makes: list[tuple[int, Make]] = [
            (6, lambda at: ReportSeenItem(kind, item_id, who, reason, HOLD_AT, at)),
            (2, lambda at: HoldSlip(slip_id, "spam", "Why.", MODERATOR, at)),
            (4, lambda at: ReleaseSlip(slip_id, MODERATOR, at)),
            (1, lambda at: HoldSlip(slip_id, "spam", "Why.", who, at)),
        ]
        self._once("moderate", rng.choices([make for _, make in makes], [weight for weight, _ in makes])[0])
