"""Asks the word filter away from the event loop: it may take milliseconds."""

import asyncio

from commands.social.word_filter import WordFilter


async def marks(words: WordFilter, *texts: str) -> bool:
    """Tell whether one of some texts has to be looked at; empty ones never have."""
    written = [text for text in texts if text]
    return bool(written) and await asyncio.to_thread(lambda: any(words.marks(text) for text in written))
