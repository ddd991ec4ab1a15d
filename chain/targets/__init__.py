"""Who might be won for a link, what would change if they came, and at which site they could stand."""
