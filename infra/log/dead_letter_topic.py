"""The topic of dead letters, `<topic>.dead`: a relay copies there what views could not apply, for whoever wants to be told.

A record's key is `build:position`, its value the letter as JSON. The table beside the log is what views go by.
"""

import asyncio
from collections.abc import Sequence

import msgspec
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from api.cli.reports import DeadLetter
from commands.ports import StoreUnavailable
from infra.log.dead_letters import DeadLetters
from infra.log.kafka_address import KafkaAddress
from infra.log.kafka_topic import make_topic

EVERY_S = 1.0
LETTERS_PER_ROUND_MAX = 100

logger = structlog.get_logger()


def topic_of_letters(topic: str) -> str:
    """Return the name of the topic that dead letters of views of a topic are copied to."""
    return f"{topic}.dead"


async def copy_letters(letters: DeadLetters, address: KafkaAddress, topic: str, replicas: int | None) -> None:
    """Copy what is new, again and again, until cancelled. What fails is said and tried again; a letter may come twice, under one key."""
    try:
        while True:
            try:
                while found := await asyncio.to_thread(letters.uncopied, LETTERS_PER_ROUND_MAX):
                    await make_topic(address, topic_of_letters(topic), replicas, partitions=1)
                    await _send(address, topic_of_letters(topic), found)
                    await asyncio.to_thread(letters.note_copied, found)
            except (KafkaError, StoreUnavailable, OSError) as error:
                logger.warning("dead letters are not copied; trying again", error=f"{type(error).__name__}: {error}"[:200])
            await asyncio.sleep(EVERY_S)
    finally:
        letters.close()


async def _send(address: KafkaAddress, topic: str, letters: Sequence[DeadLetter]) -> None:
    producer = AIOKafkaProducer(**address.options(), acks="all", enable_idempotence=True)
    try:
        await producer.start()
        for letter in letters:
            key, value = f"{letter.build}:{letter.position}".encode(), msgspec.json.encode(letter)
            await producer.send_and_wait(topic, value, key=key, partition=0)
    finally:
        await producer.stop()
