"""A client in a process of its own that bets until its time is up, and asks again and again until it has an answer.

Arguments: the API's address, a token, a seed, seconds, the markets. Writes one JSON line for each answer: key, body, status, answer.
"""

import json
import sys
import time
from random import Random
from typing import Any

import httpx

TIMEOUT_S = 240
"""How long a key is asked for again: on a loaded machine everything may take two minutes to come back."""
NO_ANSWER = 429
"""Too many requests: says nothing of the bet, which may be there since an answer that was lost."""
STRUCK_MIN = 15
"""How many bets are acknowledged before this comes to its end, however long they take."""


def insist(client: httpx.Client, key: str, body: dict[str, Any]) -> httpx.Response:
    """Ask with the same key until there is an answer that is one."""
    deadline_s = time.monotonic() + TIMEOUT_S
    while time.monotonic() < deadline_s:
        try:
            answer = client.post("/v1/bets", json=body, headers={"Idempotency-Key": key})
        except httpx.TransportError:
            time.sleep(0.02)
            continue
        if answer.status_code < 500 and answer.status_code != NO_ANSWER:
            return answer
        time.sleep(0.02)
    raise TimeoutError(key)


def main(url: str, token: str, seed: str, seconds: str, *market_ids: str) -> None:
    rng = Random(int(seed))  # noqa: S311  (load from a seed)
    until_s = time.monotonic() + float(seconds)
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=5) as client:
        number, struck = 0, set()
        while time.monotonic() < until_s or len(struck) < STRUCK_MIN:
            number += 1
            key = f"{seed}-{number}"
            leg = {"market_id": rng.choice(market_ids), "selection": rng.choice(["home", "draw", "away"]), "odds": "2.35", "version": 1}
            body = {"type": "single", "stake_minor": rng.randint(1, 9_99), "currency": "EUR", "legs": [leg], "accept": "any"}
            for _ in range(rng.choice([1, 1, 1, 2])):
                answer = insist(client, key, body)
                sys.stdout.write(json.dumps({"key": key, "body": body, "status": answer.status_code, "answer": answer.json()}) + "\n")
                sys.stdout.flush()
                if answer.status_code == httpx.codes.CREATED:
                    struck.add(key)


if __name__ == "__main__":
    main(*sys.argv[1:])
