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
flags='-std=c11 -D_GNU_SOURCE -DVERSION="lint" -pthread -Wall -Wextra -Wshadow
-Wstrict-prototypes -Wmissing-prototypes -O2'
compile() {
	for f in src/*.c; do
		# shellcheck disable=SC2086
		"$1" $flags -c -o /dev/null "$f"
	done
}
tidy() {
	# shellcheck disable=SC2086
	printf '%s\n' src/*.c | xargs -P "$(nproc)" -n 4 clang-tidy --quiet \
	    "--checks=-*,clang-analyzer-*,-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling,-clang-analyzer-optin.performance.Padding,bugprone-*,-bugprone-easily-swappable-parameters,-bugprone-reserved-identifier,-bugprone-narrowing-conversions,-bugprone-implicit-widening-of-multiplication-result,-bugprone-assignment-in-if-condition,-bugprone-branch-clone,-bugprone-suspicious-include,-bugprone-multi-level-implicit-pointer-conversion,-bugprone-not-null-terminated-result" \
	    "--warnings-as-errors=*" -- $flags 2>/dev/null |
	    grep -v '^[0-9]* warnings'
	return 0
}
scripts() {
	find examples tests bench .ci -type f -exec grep -lE '^#!/bin/sh' {} +
}
step 'clang-format' sh -c 'clang-format --dry-run -Werror src/*.c src/*.h'
step 'gcc' compile gcc
step 'clang' compile clang
step 'clang-tidy' tidy
step 'mandoc' sh -c 'mandoc -Tlint -Wstyle man/*.[1-9]'
# shellcheck disable=SC2046
step 'shellcheck' shellcheck -x -s sh -e SC1091,SC2034,SC2154,SC2086 $(scripts)
exit $bad
