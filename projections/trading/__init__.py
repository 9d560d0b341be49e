"""Views for traders: open proposals, bets that wait for a trader, and open liability."""
