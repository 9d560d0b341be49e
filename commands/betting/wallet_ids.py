"""The ids of wallets, remembered: each bet and each settlement asks for one, and making one costs a hash."""

from functools import lru_cache

from domain.ids import wallet_of

WALLETS_REMEMBERED_MAX = 100_000

remembered_wallet_of = lru_cache(WALLETS_REMEMBERED_MAX)(wallet_of)
"""As `domain.ids.wallet_of`."""
