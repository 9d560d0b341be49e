"""A person or a service that signs in: who they are, and what they may do."""
