"""The industry chain as people and programs see it: panorama, gaps, links, plan."""
