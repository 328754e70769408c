"""Names as they are searched: by character bigrams, which need no word boundaries (Chinese has none)."""

import unicodedata

INDEXED_CHARACTERS = 4000  # PostgreSQL refuses a tsvector over 1 MB; nobody searches for the rest of such a name


def name_words(name: str) -> list[str]:
    """The words of a name as they are compared: NFKC (full-width letters are letters), lower case, no NUL."""
    return unicodedata.normalize("NFKC", name[:INDEXED_CHARACTERS]).lower().replace("\0", "").split()


def name_bigrams(name: str) -> list[str]:
    """Sorted distinct bigrams of each word between two spaces: " m", "mi", "ia", "a " for Mia.

    The spaces let a search of one character find words that begin with it.
    """
    padded = [f" {word} " for word in name_words(name)]
    return sorted({word[i : i + 2] for word in padded for i in range(len(word) - 1)})
