"""Where prices come from: a producer of prices says every two seconds that it lives, and its prices hold no longer than that carries."""
