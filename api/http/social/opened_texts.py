"""Opens the sealed texts of a page right before it is answered: views and caches hold them sealed."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from api.sealed_text import SealedText, SealedTexts
from projections.social.cards import SlipView
from projections.social.own_mutes import MutedWords, OpenTexts
from projections.social.people import AccountView
from projections.social.slip_lists import SlipViews
from projections.social.threads import CommentViews, ReplyView

SlipViewsT = TypeVar("SlipViewsT", bound=SlipViews)


def opener_of(texts: SealedTexts) -> OpenTexts:
    """Return what opens texts before a page is cut, where the words that an account mutes are looked for in them."""

    async def opened(sealed: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        return await texts.open_many([SealedText(account_id, text) for account_id, text in sealed])

    return opened


async def opened_muted_words(texts: SealedTexts, account_id: str, words: MutedWords) -> MutedWords:
    """Return the words that an account mutes, in the clear."""
    opened = await texts.open_many([SealedText(account_id, each.word or "") for each in words.items])
    return MutedWords([replace(each, word=text) for each, text in zip(words.items, opened, strict=True)])


async def opened_slips(texts: SealedTexts, page: SlipViewsT) -> SlipViewsT:
    """Return slips with their captions, None for each that cannot be opened any more."""
    opened = await texts.open_many([SealedText(each.author.account_id, each.caption or "") for each in page.items])
    return replace(page, items=[replace(each, caption=text) for each, text in zip(page.items, opened, strict=True)])


async def opened_slip(texts: SealedTexts, slip: SlipView) -> SlipView:
    """Return a slip with its caption."""
    page = await opened_slips(texts, SlipViews([slip], None))
    return page.items[0]


async def opened_account(texts: SealedTexts, account: AccountView) -> AccountView:
    """Return an account with its texts."""
    sealed = [SealedText(account.account_id, each or "") for each in (account.display_name, account.bio)]
    display_name, bio = await texts.open_many(sealed)
    return replace(account, display_name=display_name, bio=bio)


async def opened_comments(texts: SealedTexts, page: CommentViews) -> CommentViews:
    """Return comments with their texts and those of the replies to them; a deleted one has none."""
    every: list[ReplyView] = [comment for each in page.items for comment in (each, *each.replies) if comment.author is not None]
    opened = await texts.open_many([SealedText(each.author.account_id, each.text or "") for each in every if each.author is not None])
    by_id = {each.comment_id: text for each, text in zip(every, opened, strict=True)}
    items = [
        replace(each, text=by_id.get(each.comment_id), replies=[_opened(reply, by_id) for reply in each.replies]) for each in page.items
    ]
    return replace(page, items=items)


def _opened(comment: ReplyView, by_id: Mapping[str, str | None]) -> ReplyView:
    return replace(comment, text=by_id.get(comment.comment_id))
