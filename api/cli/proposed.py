"""What the commands that propose something have in common: their arguments, and what they say."""

from typing import Annotated, Any

import typer

MarketId = Annotated[str, typer.Argument(metavar="MARKET", help="Id of the market.")]
Reason = Annotated[str, typer.Option(help="Why, in up to 120 characters.")]


def proposed_in_words(told: dict[str, Any]) -> str:
    """Say what became of something that needs two traders."""
    return f"Proposal {told['proposal_id']}: another trader has to approve it." if "proposal_id" in told else "It is so already."
