#!/bin/sh
# Every function and file that HACKING.md names exists, and README.md names it.
. "$(dirname "$0")/lib.sh"
cd "$ROOT" || exit 1

ok "README.md leads to HACKING.md" grep -q 'HACKING\.md' README.md
functions() { grep -oE '`[a-z_0-9]+\(\)`' "$1" | tr -d '`()' | sort -u; }
files() {
	grep -oE '(src|tests|man|bench|examples)/[A-Za-z0-9_./-]*[A-Za-z0-9/]' "$1" |
	    sed 's/[.]$//' | grep -v NEW | sort -u
}
missing() { # HACKING.md or the like: what it names and nothing has
	for f in $(functions "$1"); do
		grep -qE "^$f\(" src/*.c src/*/*.c || echo "$f()"
	done
	for f in $(files "$1"); do
		[ -e "$f" ] || echo "$f"
	done
}
ok "it names functions" test "$(functions HACKING.md | wc -l)" -gt 30
ok "and files" test "$(files HACKING.md | wc -l)" -gt 40
is "all of them exist" "$(missing HACKING.md)" ""
echo '`nobody_has_this()` is in src/base/no.c' >"$T/wrong.md"
is "the check can fail" "$(missing "$T/wrong.md" | tr '\n' ' ')" \
    "nobody_has_this() src/base/no.c "
is "every folder is described" "$(for d in src/*/; do
	grep -q "^| .$d. |" HACKING.md || echo "$d"; done)" ""
# The make targets and packages that it names.
is "every target of make exists" "$(grep -oE '^    make [a-z]+( |$)' HACKING.md |
    awk '{ print $2 }' | while read -r t; do
	grep -qE "^$t:" Makefile || echo "$t"; done)" ""
done_testing
