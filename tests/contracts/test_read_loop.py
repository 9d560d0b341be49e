"""The loop that reads run on, from its start to its end."""

import asyncio
import threading

from api.read_loop import ReadLoop


def test_it_stops_wherever_it_is_told_to_and_gives_up_what_is_being_read():
    begun, given_up = threading.Event(), threading.Event()

    async def never() -> None:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            given_up.set()

    async def ask(reader: ReadLoop) -> None:
        reader.call(never, lambda _: None)
        assert await asyncio.to_thread(begun.wait, 30)

    asyncio.run(asyncio.sleep(0))  # after which this thread has no loop
    ReadLoop().start().stop()
    reader = ReadLoop().start()
    asyncio.run(ask(reader))
    reader.stop()
    assert given_up.is_set()
