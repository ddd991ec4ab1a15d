"""Published rulebooks at the edge: try, publish, see what changed; batches waiting are judged in the background."""
