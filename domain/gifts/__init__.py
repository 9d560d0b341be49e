"""What one member of staff gave one account alone, free bets and bonuses together: more than a rule allows needs a second trader."""
