"""The learned part: turn tagger and session scorer, how they are trained, checked and applied."""
