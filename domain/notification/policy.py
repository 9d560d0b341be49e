"""Whether a notice is told: every step of the decision, with the rule that decided it. Pure, so that it is computed again to explain."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from domain.notification.kinds import IN_APP, KICKOFF, KINDS, PRODUCTS

FOR_EVER_US = 2**53 - 1
"""Until when an exclusion lasts from which no return was asked for."""

BELLS = ("all", "highlights")
"""The settings of a bell that is on."""

HIDDEN = {
    "gone": "what it is about was taken back, or may not be seen by you",
    "apart": "one of you blocked the other, or the account is hidden",
    "unfollowed": "you do not follow this person",
    "muted": "you muted the account, the thread or a word in it",
}
"""Why what happened is not shown to an account at all."""


class Preferences(NamedTuple):
    """What an account set: (level, channel, subject) -> setting, and since when, in microseconds since 1970."""

    settings: Mapping[tuple[str, str, str], tuple[str, int]]

    def of(self, level: str, channel: str = "", subject: str = "") -> str:
        """Return a setting, empty where nothing is said at that place."""
        return self.settings.get((level, channel, subject), ("", 0))[0]

    def since_us(self, level: str, channel: str, subject: str) -> int:
        """Return since when a setting stands, 0 for none."""
        return self.settings.get((level, channel, subject), ("", 0))[1]

    def bells(self) -> list[str]:
        """Return the people whose bell is on."""
        return [subject for (level, _, subject), (setting, _) in self.settings.items() if level == "author" and setting in BELLS]


class Protection(NamedTuple):
    """What keeps an account from what promotes betting, in microseconds since 1970: 0 for nothing, `FOR_EVER_US` without an end."""

    timed_out_until_us: int = 0
    excluded_until_us: int = 0
    closed: bool = False


class Notice(NamedTuple):
    """What may be told: `hidden` is empty or one of `HIDDEN`; `verified` is of a slip, `fixture_ids` are those that it is about.

    `at_us` is when the newest of it happened, 0 where that is not known; `chosen_us` since when the person asked to be told just this,
    where that is not said by a bell. `read` is whether it was read in the page. `over` is whether the match that it announced is over.
    """

    kind: str
    at_us: int
    author_id: str = ""
    fixture_ids: Sequence[str] = ()
    verified: bool = False
    hidden: str = ""
    archived: bool = False
    read: bool = False
    chosen_us: int = 0
    over: bool = False


class Step(NamedTuple):
    """One step of a decision: which rule was looked at, whether the notice passed, and why."""

    rule: str
    passed: bool
    why: str


class Reach(NamedTuple):
    """Whether a channel outside the page reaches the person, and why or why not: it has an address that works, or none any more."""

    is_on: bool
    why: str


REACHED = Reach(is_on=True, why="it has an address of yours")
NAMES = {IN_APP: "the inbox", "web_push": "push to browsers", "email": "mail", "mobile_push": "push to phones"}


def decide(
    notice: Notice, preferences: Preferences, protection: Protection, now_us: int, channel: str = IN_APP, reach: Reach = REACHED
) -> list[Step]:
    """Return the steps of the decision for a channel, in order; it is told where all are passed. None is left out after one that is not.

    When it is told is another question: see `schedule.when`.
    """
    steps = [
        Step("cause", not notice.hidden, HIDDEN.get(notice.hidden, "it happened, and you may see it")),
        _preferred(notice, preferences, channel),
        _asked_for(notice, preferences, channel),
        _protected(notice, preferences, protection, now_us, channel),
        _alive(notice, now_us, channel),
        Step("archive", not notice.archived, "you archived it" if notice.archived else "you did not archive it"),
    ]
    if channel == IN_APP:
        return steps
    read = Step("read", not notice.read, "you read it in the page" if notice.read else "you have not read it in the page")
    return [*steps, read, Step("channel", reach.is_on, reach.why)]


def is_told(steps: Sequence[Step]) -> bool:
    """Whether a notice passes every step."""
    return all(step.passed for step in steps)


def _preferred(notice: Notice, preferences: Preferences, channel: str) -> Step:
    """Find the narrowest preference that says something: author, match, kind, channel, app. A bell or a match names no channel."""
    kind = KINDS[notice.kind]
    if channel in kind.locked_in:
        return Step("preference", passed=True, why=f"{kind.label.lower()} are always told")
    author = preferences.of("author", "", notice.author_id) if notice.author_id else ""
    matches = {preferences.of("match", "", fixture_id) for fixture_id in notice.fixture_ids} - {""}
    if author == "off":
        return Step("author", passed=False, why="you switched this person off")
    if "off" in matches:
        return Step("match", passed=False, why="you switched the match off")
    if kind.by_bell:
        if channel != IN_APP and preferences.of("channel", channel) == "off":
            return Step("channel", passed=False, why=f"you switched {NAMES[channel]} off, and a bell names no channel")
        return _rung(author, verified=notice.verified)
    if matches and not _is_shut(preferences, channel, kind.name):
        return Step("match", passed=True, why="you switched the match on")
    wider = (("kind", channel, kind.name, kind.label.lower()), ("channel", channel, "", NAMES[channel]), ("app", "", "", "everything"))
    for level, of_channel, subject, what in wider:
        setting = preferences.of(level, of_channel, subject)
        if setting:
            return Step(level, setting == "on", f"you switched {what} {setting}")
    is_on = channel in kind.default_in
    return Step(
        "default", is_on, f"{kind.label.lower()} are {'told unless you switch them off' if is_on else 'not told unless you switch them on'}"
    )


def _is_shut(preferences: Preferences, channel: str, kind: str) -> bool:
    """Whether a channel outside the page was switched off as a whole, for a kind, or for kick-offs: a match that is on names no channel."""
    switches = (("channel", ""), ("kind", kind), ("kind", KICKOFF))
    return channel != IN_APP and "off" in [preferences.of(level, channel, subject) for level, subject in switches]


def _rung(bell: str, *, verified: bool) -> Step:
    """Tell of slips by the bell on their author alone: nobody is told of strangers' slips, nor of friends' unasked."""
    if bell == "highlights":
        return Step("author", verified, "your bell: verified slips" if verified else "your bell is for verified slips, this is a pick")
    return Step("author", bell == "all", "your bell: all slips" if bell == "all" else "your bell on this person is off")


def _asked_for(notice: Notice, preferences: Preferences, channel: str) -> Step:
    """Promote only what was asked for: in the page a bell or an alert asks, elsewhere the product has to be asked for by channel."""
    product = KINDS[notice.kind].product
    if not product:
        return Step("opt-in", passed=True, why="it does not promote betting")
    setting = preferences.of("promotion", channel, product)
    named = f"{PRODUCTS[product].lower()} by {NAMES[channel]}"
    if setting == "on":
        return Step("opt-in", passed=True, why=f"you asked for {named}")
    if setting == "off":
        return Step("opt-in", passed=False, why=f"you do not want {named}")
    if channel == IN_APP:
        return Step("opt-in", passed=True, why="in the page, a bell or an alert of yours asks for it")
    return Step("opt-in", passed=False, why=f"you have not asked for {named}")


def _protected(notice: Notice, preferences: Preferences, protection: Protection, now_us: int, channel: str) -> Step:
    """Keep what promotes betting from who must not be promoted to; after an exclusion, from who did not choose it again."""
    kind = KINDS[notice.kind]
    if not kind.promotes:
        return Step("protection", passed=True, why="it does not promote betting")
    if protection.closed:
        return Step("protection", passed=False, why="your account is closed")
    if now_us < protection.excluded_until_us:
        return Step("protection", passed=False, why="you excluded yourself")
    if now_us < protection.timed_out_until_us:
        return Step("protection", passed=False, why="you are in a time-out")
    chosen_us = preferences.since_us("author", "", notice.author_id) if kind.by_bell else notice.chosen_us
    if protection.excluded_until_us and (chosen_us < protection.excluded_until_us or notice.at_us < chosen_us):
        return Step("protection", passed=False, why="you have not chosen it again since your exclusion ended")
    opted_us = preferences.since_us("promotion", channel, kind.product)
    if protection.excluded_until_us and channel != IN_APP and opted_us < protection.excluded_until_us:
        return Step("protection", passed=False, why=f"you have not chosen {NAMES[channel]} again since your exclusion ended")
    return Step("protection", passed=True, why="you are in no time-out and not excluded")


def _alive(notice: Notice, now_us: int, channel: str) -> Step:
    if notice.over:
        return Step("lifetime", passed=False, why="the match is over")
    kind = KINDS[notice.kind]
    lifetime = kind.lifetime if channel == IN_APP else kind.sent_within
    is_alive = not notice.at_us or now_us - notice.at_us <= lifetime // timedelta(microseconds=1)
    return Step("lifetime", is_alive, f"{'within' if is_alive else 'older than'} its {_length(lifetime)}")


def _length(lifetime: timedelta) -> str:
    days, hours = lifetime.days, lifetime // timedelta(hours=1)
    return f"{days} day{'s' if days != 1 else ''}" if days else f"{hours} hour{'s' if hours != 1 else ''}"
