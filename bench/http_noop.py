"""The peer of `place_bet_http`: a bare async FastAPI route that reads the body, does not parse it, and answers constant bytes."""

import sys

import uvicorn
from fastapi import FastAPI, Request, Response

ANSWER = b'{"bet_id":"01946f2a-7c00-7a31-9b1e-3f0e7a4d2c11","status":"open","stake_minor":100,"currency":"EUR"}'


def main(port: int) -> None:
    """Serve the route as uvicorn serves best."""
    app = FastAPI()

    @app.post("/v1/bets")
    async def place_bet(request: Request) -> Response:
        await request.body()
        return Response(ANSWER, 201, media_type="application/json")

    uvicorn.run(
        app, port=port, loop="uvloop", http="httptools", ws="none", lifespan="off", access_log=False, log_config=None, server_header=False
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
