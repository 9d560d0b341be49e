"""The OpenAPI document: made from the routes, with examples, and shown as a page."""
