"""Session to markers: what raters look for (`codebook`), the words that show it (`cues`), and strains with
their repairs (`ruptures`).

`codebook` reads the TOML files in `codebooks/` and needs no spaCy; `cues` finds their phrases in a session.
"""
