"""The audit as it is run: single questions in a thread, the whole log in a process of its own."""
