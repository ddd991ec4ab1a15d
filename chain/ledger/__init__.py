"""The ledger of the plan: every row with its figures, owner, half-year reports, and the registers it counts from."""
