"""Whether a gateway takes sockets, and how a page says what it is told by."""

import socket

from infra.embedded.server import HOST
from tests.journeys.process_tree import Tree, until

PUSHED, ASKED = "#pulse[data-state=on][data-via=socket]", "#pulse[data-state=on][data-via=requests]"


def accepts(tree: Tree) -> None:
    """Wait until the gateway takes sockets."""

    def look() -> bool:
        try:
            with socket.create_connection((HOST, tree.stream_port), timeout=1):
                return True
        except OSError:
            return False

    until(look, "the gateway takes sockets")
