-- Notify the workers of all processes.
NOTIFY {channel}
