#!/bin/sh
# Formatting, the linters of C, shell and manual pages, and both compilers.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
step() {
	label=$1
	shift
	if out=$("$@" 2>&1) && [ -z "$out" ]; then
		echo "lint: $label: clean"
	else
		printf '%s\n' "$out" | head -n 60
		echo "lint: $label: not clean"
		bad=1
	fi
}
flags='-std=c11 -D_GNU_SOURCE -DVERSION=__FILE__ -pthread -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -O2 '
flags="$flags$(printf -- '-iquote %s ' src/*/)"
compile() {
	for f in src/*.c src/*/*.c; do
		# shellcheck disable=SC2086
		"$1" $flags ${2:-} -c -o /dev/null "$f"
	done
}
tidy() {
	printf '%s\n' src/*.c src/*/*.c | xargs -P "$(nproc)" -n 3 sh -c \
	    "clang-tidy --quiet \"\$@\" -- $flags 2>/dev/null" tidy
}
scripts() {
	find examples tests bench .ci -type f -exec grep -lE '^#!/bin/sh' {} +
}
step 'clang-format' sh -c 'clang-format --dry-run -Werror src/*.c src/*/*.[ch] tests/*.c tests/*/*.[ch] tests/unit/*/*.c bench/*.c'
step 'gcc' compile gcc
# clang warns of missing fields in tables; these are zero.
step 'clang' compile clang -Wno-missing-field-initializers
step 'clang-tidy' tidy
step 'musl' tests/musl.sh
# Pages refer to other pages that are not installed yet.
step 'mandoc' sh -c 'mandoc -Tlint -Wstyle man/*.[1-9] 2>/dev/null | grep -v "referenced manual" || true'
# tests/words: correct words that codespell does not know. Tests misspell on purpose.
step 'spelling' codespell -I tests/words man README.md HACKING.md NEWS.md examples \
    debian src bench
# shellcheck disable=SC2046
step 'shellcheck' shellcheck -x -s sh -e SC1091,SC2034,SC2154,SC2086,SC2317,SC2016 $(scripts)
exit $bad
