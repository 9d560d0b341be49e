"""Hands: everybody who can ask for something, asking at random through the real API while parts of the product are stopped and killed."""
