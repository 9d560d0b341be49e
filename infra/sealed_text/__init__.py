"""Keys of accounts for what people write: made with an account's first text, destroyed when it is erased, and what is sealed with them."""
