#!/bin/sh
# Replays the corpus of every fuzz target.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1
for target in tests/fuzz/*.c; do
	name=$(basename "$target" .c)
	ok "$name: its corpus" "build/fuzz/$name"
done
done_testing
