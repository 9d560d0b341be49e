-- Wake whoever settles, in whatever process.
NOTIFY {channel}
