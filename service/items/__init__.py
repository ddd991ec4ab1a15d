"""Trade items at the edge: the JSON API and the pages."""
