"""Four eyes: what one trader proposes and another must approve before it happens."""
