#!/bin/sh
# NumPy 2.3.5. Seed sequences that differ in trailing zeros only start the same stream of random numbers.
#
# What happens: default_rng([7, 3]), default_rng([7, 3, 0]) and default_rng([7, 3, 0, 0]) yield the same numbers. Leading
# zeros do make a difference: default_rng([0, 7, 3]) yields others. The sequence is padded with zeros to four words, so
# that a shorter sequence equals its own padding. A fifth word changes the stream even if it is 0.
# Why a good guess is wrong: programs number their streams by a list such as [seed, step, purpose] or [seed, epoch,
# worker] in order to get independent ones, and the first purpose or worker is 0. A program that also uses [seed, step]
# for another purpose then has two streams that are identical: the noise for a generator equals the noise that augments
# its real images. Nothing raises, and a test that compares [seed, step, 1] with [seed, step, 2] passes. Number from 1,
# or make all lists of one length.
# Output seen:
#   [7, 3] and [7, 3, 0]          equal
#   [7, 3] and [7, 3, 0, 0]       equal
#   [7, 3] and [7, 3, 0, 0, 0]    different
#   [7, 3] and [0, 7, 3]          different
#   [7, 3, 1] and [7, 3, 2]       different
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3.11 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet numpy==2.3.5
cat > "$folder/try.py" <<'P'
import numpy as np

CASES = [([7, 3], [7, 3, 0], True), ([7, 3], [7, 3, 0, 0], True), ([7, 3], [7, 3, 0, 0, 0], False),
         ([7, 3], [0, 7, 3], False), ([7, 3, 1], [7, 3, 2], False)]
for one, other, expected in CASES:
    a, b = (np.random.default_rng(seed).standard_normal(1000) for seed in (one, other))
    equal = bool((a == b).all())
    print(f"{f'{one} and {other}':<29} {'equal' if equal else 'different'}")
    assert equal == expected, 'numpy treats trailing zeros differently now'
P
"$folder/venv/bin/python" "$folder/try.py"
