"""The judge's own picture of people: who follows, asks and blocks whom, which slips there are, and what was done with them."""

from collections import defaultdict
from typing import Any

from tests.simulation.judge.bets import Bets
from tests.simulation.judge.record import JudgedFact, claim, micros

EDIT_US = 15 * 60 * 1_000_000
COUNTED = {"like": "likes", "repost": "reposts", "save": "saves"}

Two = tuple[str, str]


class JudgedSlip:
    """A slip as its facts leave it."""

    def __init__(self, entry: JudgedFact) -> None:
        body = entry.body
        self.author, self.visibility = body["author_id"], body["visibility"]
        self.bet_id, self.legs, self.type = body.get("bet_id", ""), body["legs"], body["type"]
        self.removed = self.held = self.replies_closed = False
        self.replies_close_us = 0


class JudgedComment:
    """A comment as its facts leave it."""

    def __init__(self, entry: JudgedFact) -> None:
        self.author, self.slip_id, self.parent_id = entry.body["author_id"], entry.body["slip_id"], entry.body.get("parent_id", "")
        self.posted_us = entry.committed_us
        self.deleted = self.held = False


class Social:
    """What must be true of people among themselves, fact by fact."""

    def __init__(self, bets: Bets) -> None:
        self._bets = bets
        self.follows: set[Two] = set()
        self.requests: set[Two] = set()
        self.blocks: set[Two] = set()
        self.private: set[str] = set()
        self.moderators: set[str] = set()
        self.slips: dict[str, JudgedSlip] = {}
        self.comments: dict[str, JudgedComment] = {}
        self.given: dict[str, tuple[str, str, str]] = {}
        self.tailed: dict[str, JudgedFact] = {}
        self.counted: dict[str, JudgedFact] = {}
        self.days: defaultdict[str, int] = defaultdict(int)
        self._reporters: dict[str, set[str]] = {}

    def sees(self, viewer: str, slip_id: str) -> bool:
        """Whether somebody may see a slip now; its author sees it until it is removed."""
        slip = self.slips.get(slip_id)
        if slip is None or slip.removed:
            return False
        if slip.author == viewer:
            return True
        is_open = slip.visibility == "public" and slip.author not in self.private
        return not slip.held and not self.are_apart(viewer, slip.author) and (is_open or (viewer, slip.author) in self.follows)

    def are_apart(self, one: str, other: str) -> bool:
        """Whether one of the two blocks the other."""
        return bool({(one, other), (other, one)} & self.blocks)

    def counts(self, slip_id: str) -> dict[str, int]:
        """Return how often a slip is liked, reposted, saved, commented on and tailed, by distinct accounts where that counts."""
        found = dict.fromkeys(COUNTED.values(), 0)
        for kind, _, given_to in self.given.values():
            found[COUNTED[kind]] += given_to == slip_id
        found["comments"] = sum(each.slip_id == slip_id and not each.deleted for each in self.comments.values())
        tails = [each.body for each in self.tailed.values() if each.body["slip_id"] == slip_id and each.body["side"] == "tail"]
        return found | {"tailers": len({body["tailer_id"] for body in tails})}

    def take(self, entry: JudgedFact) -> None:
        """Take in a fact about people."""
        of, _, what = entry.kind.partition(".")
        match of:
            case "follow":
                self._pair(entry, what)
            case "profile":
                (self.private.add if entry.body.get("private") else self.private.discard)(entry.body["account_id"])
            case "slip":
                self._slip(entry, what)
            case "reaction":
                self._reaction(entry, what)
            case "comment":
                self._comment(entry, what)
            case "tail":
                self._tail(entry)
            case "tail_day":
                self._count(entry)
            case "moderation":
                self._case(entry, what)

    def at_rest(self) -> None:
        """Claim what holds between appends: each tail is a bet on the slip's selections or their opposite, counted once with its stake."""
        for bet_id, tail in self.tailed.items():
            bet, count = self._bets.placed.get(bet_id), self.counted.get(bet_id)
            claim(bet is not None and bet.body["account_id"] == tail.body["tailer_id"], "a tail is a bet of its tailer's", tail)
            claim(count is not None and bet is not None and count.body["stake_minor"] == bet.body["stake_minor"], "a tail is counted", tail)
            assert bet is not None
            slip = self.slips[tail.body["slip_id"]]
            told, struck = [[(leg["market_id"], leg["selection"]) for leg in legs] for legs in (slip.legs, bet.body["legs"])]
            if tail.body["side"] == "tail":
                claim(told == struck, "a tail is on what the slip shows", tail, told, struck)
            else:
                is_opposite = len(told) == len(struck) == 1 and told[0][0] == struck[0][0] and told[0][1] != struck[0][1]
                claim(is_opposite, "a fade is on the opposite", tail, told, struck)
        claim(self.counted.keys() == self.tailed.keys(), "what is counted was tailed", self.counted.keys() ^ self.tailed.keys())

    def _pair(self, entry: JudgedFact, what: str) -> None:
        body = entry.body
        ends = [body[name] for name in ("follower_id", "followed_id", "blocker_id", "blocked_id", "muter_id", "muted_id") if name in body]
        pair = (ends[0], ends[1])
        claim(len(set(pair)) == 2, "nobody does this to oneself", entry)
        match what:
            case "requested":
                claim(pair not in self.follows | self.requests and not self.are_apart(*pair), "a request is new, and reaches", entry)
                self.requests.add(pair)
            case "request_withdrawn" | "request_declined":
                claim(pair in self.requests, "a request stands until it ends", entry)
                self.requests.discard(pair)
            case "followed":
                was_asked = bool(body.get("requested"))
                claim(pair not in self.follows and not self.are_apart(*pair), "a follow is new, and not across a block", entry)
                claim(not was_asked or pair in self.requests, "only who asked is accepted", entry)
                claim(was_asked or pair[1] not in self.private, "a private account is asked first", entry)
                self.requests.discard(pair)
                self.follows.add(pair)
            case "unfollowed":
                claim(pair in self.follows, "only who follows ends it", entry)
                self.follows.discard(pair)
            case "blocked":
                claim(pair not in self.blocks, "a block is new", entry)
                self.blocks.add(pair)
                for each in (pair, pair[::-1]):
                    self.follows.discard(each)
                    self.requests.discard(each)
            case "unblocked":
                claim(pair in self.blocks, "only a block that stands is lifted", entry)
                self.blocks.discard(pair)

    def _slip(self, entry: JudgedFact, what: str) -> None:
        body, slip = entry.body, self.slips.get(entry.stream_id)
        if what == "shared":
            claim(slip is None, "a slip is shared once", entry)
            slip = self.slips[entry.stream_id] = JudgedSlip(entry)
            if slip.bet_id:
                placed = self._bets.placed[slip.bet_id].body
                legs = [[(leg["market_id"], leg["selection"], leg["odds"], leg["version"]) for leg in of["legs"]] for of in (placed, body)]
                shown = (placed["account_id"], placed["stake_minor"], placed["type"])
                claim(shown == (slip.author, body["stake_minor"], slip.type) and legs[0] == legs[1], "a slip is its bet", entry, placed)
            return
        claim(slip is not None and not slip.removed and body["author_id"] == slip.author, "only a slip that is there changes", entry)
        assert slip is not None
        match what:
            case "changed":
                slip.visibility, slip.replies_closed = body["visibility"], body.get("replies_closed", False)
                slip.replies_close_us = micros(body["replies_close_at"]) if body.get("replies_close_at") else 0
            case "removed":
                slip.removed = True
            case "held" | "released":
                claim(slip.held == (what == "released"), "what is held is released, and held again", entry)
                slip.held = what == "held"

    def _reaction(self, entry: JudgedFact, what: str) -> None:
        body = entry.body
        told = (body["kind"], body["account_id"], body["slip_id"])
        if what == "withdrawn":
            claim(self.given.pop(entry.stream_id, None) == told, "only what was given is withdrawn", entry)
            return
        claim(entry.stream_id not in self.given and told not in self.given.values(), "one account counts once", entry)
        claim(self.sees(body["account_id"], body["slip_id"]), "nobody reacts to what they may not see", entry)
        slip = self.slips[body["slip_id"]]
        is_open = slip.visibility == "public" and slip.author not in self.private
        claim(told[0] != "repost" or is_open, "what is for followers is not brought to others", entry)
        self.given[entry.stream_id] = told

    def _comment(self, entry: JudgedFact, what: str) -> None:
        body, comment = entry.body, self.comments.get(entry.stream_id)
        if what == "posted":
            claim(comment is None, "a comment is posted once", entry)
            self._check_posted(entry)
            self.comments[entry.stream_id] = JudgedComment(entry)
            return
        claim(comment is not None and not comment.deleted and body["author_id"] == comment.author, "only what stands changes", entry)
        assert comment is not None
        match what:
            case "edited":
                claim(entry.committed_us <= comment.posted_us + EDIT_US, "a comment is edited in time", entry)
                claim(self.sees(comment.author, comment.slip_id), "who may not see a slip says nothing new on it", entry)
            case "deleted":
                deleted_by = body.get("deleted_by") or comment.author
                claim(deleted_by in (comment.author, self.slips[comment.slip_id].author), "its author deletes, or the slip's", entry)
                comment.deleted = True
            case "held" | "released":
                claim(comment.held == (what == "released"), "what is held is released, and held again", entry)
                comment.held = what == "held"

    def _check_posted(self, entry: JudgedFact) -> None:
        body = entry.body
        author, parent_id = body["author_id"], body.get("parent_id", "")
        claim(self.sees(author, body["slip_id"]), "nobody comments on what they may not see", entry)
        slip = self.slips[body["slip_id"]]
        closed = slip.replies_closed or 0 < slip.replies_close_us <= entry.committed_us
        claim(author == slip.author or not closed, "a slip that is closed takes no comments", entry)
        if parent_id:
            parent = self.comments[parent_id]
            claim(parent.slip_id == body["slip_id"] and not parent.parent_id and not parent.deleted, "a reply has a place", entry)
            claim(author == parent.author or not self.are_apart(author, parent.author), "nobody replies across a block", entry)

    def _tail(self, entry: JudgedFact) -> None:
        body = entry.body
        claim(self.sees(body["tailer_id"], body["slip_id"]), "nobody tails what they may not see", entry)
        claim(body["tailer_id"] != self.slips[body["slip_id"]].author, "nobody tails a slip of their own", entry)
        claim(body["bet_id"] not in self.tailed, "a bet is built from one slip", entry)
        self.tailed[body["bet_id"]] = entry

    def _count(self, entry: JudgedFact) -> None:
        body = entry.body
        claim(body["bet_id"] not in self.counted, "a tail is counted once", entry)
        self.counted[body["bet_id"]] = entry
        self.days[entry.stream_id] += body["stake_minor"]
        cap_minor = body.get("daily_cap_minor")
        claim(cap_minor is None or self.days[entry.stream_id] <= cap_minor, "a day's tails stay within the cap", entry, self.days)

    def _case(self, entry: JudgedFact, what: str) -> None:
        body = entry.body
        if what == "item_reported":
            known = self._reporters.setdefault(entry.stream_id, set())
            claim(body["reporter_id"] not in known, "one account reports once", entry)
            known.add(body["reporter_id"])


def check_counts(social: Social, slip_id: str, shown: dict[str, Any]) -> None:
    """What a slip shows of those who did something with it."""
    claim(social.counts(slip_id) == shown, "a slip counts the distinct accounts", slip_id, social.counts(slip_id), shown)
