"""The dispatcher: commands are queued, decided on cached state in batches, committed and answered."""
