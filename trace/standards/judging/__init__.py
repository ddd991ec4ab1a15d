"""Measurements against limits: which clauses meet a product, what each says, what the batch owes."""
