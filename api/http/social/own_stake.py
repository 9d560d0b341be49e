"""Bets with a stake of one's own: units as they come in text, and the answer."""

from starlette.responses import Response

from api.bet_messages import receipt_of, status_of
from api.http.request_parameters import JSON, POSITION_HEADER
from commands.betting.place_bet import BetReceipt
from commands.dispatch.batch import Answer

HUNDREDTHS_DIGITS = 2


def hundredths_of(units: str | None) -> int | None:
    """Return hundredths of decimal text with at most two places, such as 1.5."""
    if units is None:
        return None
    whole, _, rest = units.partition(".")
    return int(whole + rest.ljust(HUNDREDTHS_DIGITS, "0"))


def bet_placed(answer: Answer) -> Response:
    """Return the answer to a bet that was built from a slip or a code: that of `POST /v1/bets`."""
    receipt: BetReceipt = answer.receipt
    body = receipt_of(receipt.bet_id, receipt.placed, answer.position)
    return Response(body, status_of(receipt.placed), {POSITION_HEADER: str(answer.position)}, media_type=JSON)
