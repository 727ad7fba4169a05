"""Texts that a writer or a reader of files could mistake for something else."""

from typing import Final

_WORDS: Final = r"""
    ~ null Null NULL None nil true True TRUE false False FALSE
    NO No no YES Yes yes Y y N n on On ON off Off OFF
    0 -0 +1 007 0o7 0O7 0x1F 0b1 1_000 123456789012345678901
    1.0 1. .5 1e5 1E5 1.0e+5 1_0.5 -1.5E-3 0.1.2 1,5 12e e5
    .inf -.inf +.INF .nan .NaN inf nan NaN Infinity -Infinity
    12:30:00 12:30 190:20:30.15 2024-05-17 2024-05-17T08:30:00Z
    - -- --- ... : :a a: # #a a#b ? ! !a &a *a @a `a %a | > |- = << <
    [] [a] {} , ] } ' " 'a' "a" it's a"b \ \\ \n \u0041 a\ \" / // /*a*/
    \ud83d\ude00 \\ud83d\ude00 \\\ud83d\ude00
"""

_PHRASES: Final = """
- a
--- a
a: b
a #b
? a
!!str a
{a: b}
a, b
2024-05-17 08:30:00
a  b
"""

_EDGES: Final = (" ", "  ", " a", "a ", "\ta", "a\t", "\n", "\n\n", "a\n", "\na", "a\r\nb")
_LONG: Final = ("a " * 80, "a  " * 80, "ab" * 150, "a\n" * 60, "a\n\n  b\n")
_CONTROLS: Final = "\0\a\b\t\r\x1b\x1f\x7f\x80\x85\x9f\u2028\u2029\ufeff\ufffe\uffff\u200b\u202e"
_OTHER_CHARACTERS: Final = "éß日ع😀\u0301\u00a0\ufffd\ud7ff\ue000\U0010ffff"
_FAMILY: Final = "\N{WOMAN}\u200d\N{WOMAN}\u200d\N{GIRL}"  # one symbol of several characters

TRICKY_TEXTS: Final = (
    *_PHRASES.splitlines(),  # the first one is empty
    *_WORDS.split(),
    *_EDGES,
    *_LONG,
    *_CONTROLS,
    *(f"a {control} b" for control in _CONTROLS),
    *_OTHER_CHARACTERS,
    _FAMILY,
)
