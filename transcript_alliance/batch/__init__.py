"""Many sessions: what belongs to a corpus, worker processes that code it, and what of it is still to be done."""
