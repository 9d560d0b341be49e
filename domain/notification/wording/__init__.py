"""What accounts are told, in words: one catalog for each language, and the rules of the language for plurals, numbers, money and times."""
