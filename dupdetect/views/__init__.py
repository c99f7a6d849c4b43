"""What was found, put into words, spans and cells for a reader.

Nothing here measures anything: `pair` cuts two stories along the passages of
their relation, `story` gathers what a results folder says about one story,
`findings` what a summary of a run says about all, `through` finds what a copy
of a copy shares with the canonical story, `wording` holds the sentences.
"""
