"""What the facts kernel knows of words: codes, the same in C++."""

NO_NAME = 1
"""A month, a weekday, a number that is spelled out: no name, though it may have a capital."""
NUMERAL = 2
"""A digit of a script that writes it as a character."""
POLE = 3
"""North, south."""
SIDE = 4
"""East, west."""
DIRECTION = 5
"""Both in one word."""
CURRENCY = 6
NEGATION = 7
"""A word that turns the sense of another one: not, never."""
SCALE = 16
"""And the power of ten, at most 15: thousand, million."""
UNIT = 32
"""And the number of the unit of measurement: words of one unit have one code."""
OPPOSITE = 64
"""And twice the number of two groups of words that mean the opposite of each other, 1 more for
the second."""
COUNT = 128
"""And a number up to 100 that is spelled out: the word is that number in digits."""
