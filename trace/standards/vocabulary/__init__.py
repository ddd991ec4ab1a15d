"""The words of the book and of the world: units, numbers, parameters, food classes, where a product stands."""
