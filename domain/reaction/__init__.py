"""A reaction: one account's like, repost or save of one slip. Each is a stream of its own, so a thousand likes never contend."""
