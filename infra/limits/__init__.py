"""Rate limits that the processes of one machine share."""
