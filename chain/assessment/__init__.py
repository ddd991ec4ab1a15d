"""What the register amounts to: figures per link, per product family and for the whole chain, ranks, questions."""
