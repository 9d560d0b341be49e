-- Listen for the notification that something came.
LISTEN {channel}
