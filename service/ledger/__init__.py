"""The ledger of the plan over HTTP and as pages."""
