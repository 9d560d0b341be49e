"""The log in Postgres: the library's table and select methods, our group commit, our version index, our encoding of facts."""
