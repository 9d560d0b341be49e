"""The peer of `place_bet_http`: a FastAPI route that takes the same body through pydantic, and does nothing."""

import sys
from typing import Annotated

import uvicorn
from fastapi import FastAPI, Header

from api.http.shapes import BetBody


def main(port: int) -> None:
    """Serve the route under the settings that the API is served under."""
    app = FastAPI()

    @app.post("/v1/bets", status_code=201)
    async def place_bet(body: BetBody, idempotency_key: Annotated[str, Header()]) -> dict[str, str | int]:
        return {"bet_id": idempotency_key, "status": "open", "stake_minor": body.stake_minor, "currency": body.currency}

    uvicorn.run(
        app, port=port, loop="uvloop", http="httptools", ws="none", lifespan="off", access_log=False, log_config=None, server_header=False
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
