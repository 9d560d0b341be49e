-- Be woken when something came.
LISTEN {channel}
