"""What carries the gateway: the WebSocket server, the thread that reads the log for it, its metrics."""
