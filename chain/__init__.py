"""The industry-chain graph: links, bases, enterprises, parks, platforms; gaps and the panorama."""
