"""The XML of a Unified Odds Feed: read safely, and turned into what it says of the book's own markets."""
