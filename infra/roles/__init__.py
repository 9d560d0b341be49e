"""What `slipstream` runs: one module for each role, whose function of the same name runs it until it is told to stop.

`api`, `stream`, `edge`, `project`, `settle`, `feed` and `up` are the roles; `audit`, `accounts`, `grants`, `status`, `doctor` and `replace`
answer one command each. All are handed the servers that they stand on (`infra.servers`), by `infra.compose`; an edge stands on none.
"""
