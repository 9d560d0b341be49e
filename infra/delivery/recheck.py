"""Looks at deliveries again right before they are sent: whether each is still told, by the views as they are now, and what it says."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from api.view_reader import read_at
from domain.ids import derived
from domain.notification.kinds import KINDS
from domain.notification.policy import decide
from domain.notification.schedule import local_text
from domain.notification.wording.words import Words, words_of
from infra.delivery.port import NoticeText
from infra.delivery.rows import DIGEST, LedgerRow
from projections.notifications.candidates import Candidate, Named, named_candidates
from projections.notifications.inbox_page import NoticeView, described
from projections.notifications.own import Own
from projections.ports import ReadModels
from projections.social.own_mutes import OpenTexts

LINES_MAX = 10
"""A message that stands for several names at most so many of them."""
INBOX = "/inbox"
GONE = "it was taken back, or is not in the inbox any more"

Promoted = Callable[[str], Awaitable[bool]]


class RecheckedNotice(NamedTuple):
    """What came of looking again: a message, or none and the rule that kept it.

    `items` has the rule for each item of a digest that fell out.
    With `is_late` the views have not seen the cause yet: look again in a moment. With `quiet_until_us` the account's quiet hours have
    begun since it was decided when this is sent: look again as they end.
    """

    message: NoticeText | None
    rule: str = ""
    why: str = ""
    items: Mapping[str, tuple[str, str]] = {}
    is_late: bool = False
    quiet_until_us: int = 0


class NoticeCheck:
    """Looks at deliveries through the views. For one event loop."""

    def __init__(self, reads: ReadModels, open_texts: OpenTexts, promoted: Promoted) -> None:
        """`promoted` tells whether betting may be promoted to an account, by the log as it is now."""
        self._reads, self._open_texts, self._promoted = reads, open_texts, promoted

    async def look(self, row: LedgerRow, items: Sequence[LedgerRow], now_us: int) -> RecheckedNotice:
        """Look at a delivery, or at a digest with its items.

        Raises:
            ReadModelsUnavailable: when the views cannot be asked.

        """
        meant = list(items) if row.kind == DIGEST else [row]
        if not meant:
            return RecheckedNotice(None, "empty", "nothing that it had in it is left")

        async def ask(reads: ReadModels) -> tuple[Own, dict[str, Candidate]]:
            names = {each.notice_id: Named(each.notice_id, each.author_id, each.position) for each in meant}
            return await named_candidates(reads, row.account_id, list(names.values()), now_us, self._open_texts)

        (own, found), position = await read_at(self._reads, ask)
        if position < max(each.position for each in meant):
            return RecheckedNotice(None, is_late=True)
        waits = row.kind == DIGEST or not KINDS[row.kind].is_urgent
        if waits and (quiet_us := own.schedule.quiet_until_us(now_us)):
            return RecheckedNotice(
                None, "schedule", f"your quiet hours last until {local_text(quiet_us, own.schedule)}", quiet_until_us=quiet_us
            )
        promotes = any(KINDS[each.kind].promotes for each in meant)
        is_promoted = not promotes or await self._promoted(row.account_id)
        kept, fell = list[LedgerRow](), dict[str, tuple[str, str]]()
        for each in meant:
            reason = _reason(each, own, found.get(each.notice_id), now_us, is_promoted=is_promoted)
            if reason is None:
                kept.append(each)
            else:
                fell[each.delivery_id] = reason
        if not kept:
            rule, why = next(iter(fell.values()))
            return RecheckedNotice(None, rule, why, fell if row.kind == DIGEST else {})
        shown = [found[notice_id] for notice_id in dict.fromkeys(each.notice_id for each in kept)]
        views = await described(self._reads, row.account_id, own, shown, now_us, self._open_texts)
        words = words_of(own.schedule.language)
        message = _message(row, views[0], now_us) if row.kind != DIGEST else _digest(row, views, shown, words, now_us)
        message = message._replace(language=words.language)
        return RecheckedNotice(message, items=fell)


def _reason(row: LedgerRow, own: Own, found: Candidate | None, now_us: int, *, is_promoted: bool) -> tuple[str, str] | None:
    """Return the rule by which a delivery is not told any more, and why; None where it is."""
    if found is None:
        return "cause", GONE
    if own.is_marked("read", row.notice_id, row.position):
        return "read", "it was read in the page meanwhile"
    if KINDS[row.kind].promotes and not is_promoted:
        return "protection", "betting is not promoted to you"
    steps = decide(found.notice, own.preferences, own.protection, now_us, row.channel)
    return next(((step.rule, step.why) for step in steps if not step.passed), None)


def _message(row: LedgerRow, view: NoticeView, now_us: int) -> NoticeText:
    return NoticeText(
        kind=row.kind,
        title=view.text,
        body=view.detail,
        path=_path(view),
        topic=_topic(row.notice_id),
        ttl=timedelta(microseconds=max(0, row.expires_us - now_us)),
        urgency=KINDS[row.kind].urgency,
    )


def _digest(row: LedgerRow, views: Sequence[NoticeView], shown: Sequence[Candidate], words: Words, now_us: int) -> NoticeText:
    """Say several notices in one message; one alone is said as it is."""
    ttl = timedelta(microseconds=max(0, row.expires_us - now_us))
    if len(views) == 1:
        return NoticeText(views[0].kind, views[0].text, views[0].detail, _path(views[0]), _topic(views[0].notice_id), ttl)
    authors = {each.found.row.actor_id for each in shown}
    lines = [f"{view.text} ({view.detail})" if view.detail else view.text for view in views[:LINES_MAX]]
    more = [words.say("digest.more", len(views) - LINES_MAX)] if len(views) > LINES_MAX else []
    title = words.folded([view.kind for view in views], len(authors))
    return NoticeText(DIGEST, title, "\n".join([*lines, *more]), INBOX, _topic(f"{DIGEST}:{row.channel}"), ttl)


def _path(view: NoticeView) -> str:
    if view.slip_id:
        return f"/slips/{view.slip_id}"
    if view.fixture_id:
        return f"/match/{view.fixture_id}"
    return f"/bets/{view.bet_id}" if view.bet_id else INBOX


def _topic(name: str) -> str:
    """Return 32 letters and digits that follow from a name: what is told later of the same replaces it."""
    return derived("topic", name).replace("-", "")
