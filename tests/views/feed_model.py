"""What a feed shows, plainly: all facts in order, nothing pushed, nothing kept beside."""

from collections import defaultdict

from domain.follow.facts import Blocked, Followed, Muted, Unblocked, Unfollowed, Unmuted
from domain.profile.facts import ProfileChanged
from domain.reaction.facts import Reacted, ReactionWithdrawn
from domain.slip.facts import SlipChanged, SlipHeld, SlipReleased, SlipRemoved, SlipShared


class FeedModel:
    """The state of everything at a position."""

    def __init__(self, log, upto):
        self.following = defaultdict(set)
        self.mutes, self.blocks, self.private = defaultdict(set), set(), set()
        self.author, self.visibility, self.shared_at = {}, {}, {}
        self.held, self.removed = set(), set()
        self.reposts = defaultdict(dict)
        for recorded in log.read(0, 10**9):
            if recorded.position <= upto:
                self.take(recorded, recorded.body)

    def take(self, recorded, fact):
        match fact:
            case Followed():
                self.following[fact.follower_id].add(fact.followed_id)
            case Unfollowed():
                self.following[fact.follower_id].discard(fact.followed_id)
            case Blocked():
                self.blocks.add((fact.blocker_id, fact.blocked_id))
                self.following[fact.blocker_id].discard(fact.blocked_id)
                self.following[fact.blocked_id].discard(fact.blocker_id)
            case Unblocked():
                self.blocks.discard((fact.blocker_id, fact.blocked_id))
            case Muted():
                self.mutes[fact.muter_id].add((fact.muted_id, fact.what))
            case Unmuted():
                self.mutes[fact.muter_id] -= {(fact.muted_id, "all"), (fact.muted_id, "reposts")}
            case ProfileChanged():
                (self.private.add if fact.private else self.private.discard)(fact.account_id)
            case SlipShared():
                slip_id = recorded.stream_id
                self.author[slip_id], self.visibility[slip_id] = fact.author_id, fact.visibility
                self.shared_at[slip_id] = recorded.position
            case SlipChanged():
                self.visibility[recorded.stream_id] = fact.visibility
            case SlipRemoved():
                self.removed.add(recorded.stream_id)
            case SlipHeld():
                self.held.add(recorded.stream_id)
            case SlipReleased():
                self.held.discard(recorded.stream_id)
            case Reacted(kind="repost"):
                self.reposts[fact.slip_id][fact.account_id] = recorded.position
            case ReactionWithdrawn(kind="repost"):
                self.reposts[fact.slip_id].pop(fact.account_id, None)

    def are_apart(self, one, other):
        return (one, other) in self.blocks or (other, one) in self.blocks

    def may_see(self, viewer, slip_id):
        author = self.author[slip_id]
        if slip_id in self.removed:
            return False
        if author == viewer:
            return True
        if slip_id in self.held or self.are_apart(viewer, author):
            return False
        is_open = self.visibility[slip_id] == "public" and author not in self.private
        return is_open or author in self.following[viewer]

    def feed(self, viewer):
        """The slips of a feed with their places, newest first."""
        muted = {muted for muted, what in self.mutes[viewer] if what == "all"}
        quiet = {muted for muted, what in self.mutes[viewer] if what == "reposts"}
        followed = self.following[viewer] - muted
        places = []
        for slip_id, author in self.author.items():
            if author in muted or author == viewer or not self.may_see(viewer, slip_id):
                continue
            if author in followed:
                places.append((self.shared_at[slip_id], slip_id, ""))
                continue
            reposts = [
                (position, reposter)
                for reposter, position in self.reposts[slip_id].items()
                if reposter in followed - quiet and not self.are_apart(viewer, reposter)
            ]
            if reposts:
                position, reposter = min(reposts)
                places.append((position, slip_id, reposter))
        return sorted(places, reverse=True)
