"""The characters of the heading font: every syllable of our texts and of the catalogue.

`scripts/heading-font` cuts the font down to them, so that one file of at most 120 kB serves every heading. A syllable that is
missing, in a habit's own name, is drawn in the next font of the stack.
"""

from devtools.management.commands import messages

ROOT = messages.ROOT
# Those that the font was cut to, beside it.
CHARACTERS = ROOT / "static" / "fonts" / "headings.txt"
FONT = CHARACTERS.with_suffix(".woff2")
FIRST, LAST = "가", "힣"
# Latin, digits and the marks of our headings.
OTHERS = "".join(map(chr, range(0x20, 0x7F))) + "·–—‘’“”…→×"


def syllables() -> set[str]:
    """The Hangul syllables of all messages and of the content that migrations load."""
    texts = [str(message.id) for message in messages.read_english() if message.id]
    texts += [path.read_text(encoding="utf-8") for path in ROOT.glob("*/content/*.toml")]
    return {letter for text in texts for letter in text if FIRST <= letter <= LAST}


def write_characters() -> None:
    CHARACTERS.write_text(OTHERS + "".join(sorted(syllables())) + "\n", encoding="utf-8")
