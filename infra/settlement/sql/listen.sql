-- Be woken when a market came out.
LISTEN {channel}
