"""The WebSocket gateway: speaks the Centrifugo client protocol (JSON, version 2). Nothing here knows which WebSocket library carries it."""
