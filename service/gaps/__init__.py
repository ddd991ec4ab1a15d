"""Where the chain is broken: the ranked list, completeness of the product families, the numbers worth asking for."""
