-- Wake whoever works, in whatever process.
NOTIFY {channel}
