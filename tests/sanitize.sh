#!/bin/sh
# The programs under valgrind on the whole job, then the tests of every program
# under AddressSanitizer and UndefinedBehaviorSanitizer.
set -eu
cd "$(dirname "$0")/.."

bin=$PWD/build/valgrind
rm -rf "$bin"
mkdir -p "$bin"
for p in recpolicy recmix recsplit recupload recsweep; do
	cat >"$bin/$p" <<W
#!/bin/sh
exec valgrind -q --error-exitcode=99 --leak-check=full \\
    --errors-for-leak-kinds=definite --log-file="$bin/log.%p" \\
    "$PWD/bin/$p" "\$@"
W
	chmod +x "$bin/$p"
done
make -s all
# valgrind's messages go to files, because it warns of unknown system calls.
BIN=$bin tests/run.sh tests/pipe.t || {
	cat "$bin"/log.*
	exit 1
}

flags='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer'
out=build/asan
tree=$out/tree
rm -rf "$tree"
mkdir -p "$tree"
# In its own tree, so that bin/ keeps the ordinary programs.
cp -R Makefile src tests schema examples man bench README.md "$tree" 2>/dev/null || true
cd "$tree"
make -s -j"$(nproc)" CFLAGS="$flags" LDFLAGS='-fsanitize=address,undefined' all units fuzzers
# Reports go to files: a program may have closed its stderr to libraries, and a
# test may expect the status that a sanitizer ends with.
report=$PWD/report
# libcurl has libssh2 move a list of key types within itself by memcpy().
echo interceptor_via_lib:libssh2 >"$PWD/suppressions"
export ASAN_OPTIONS="suppressions=$PWD/suppressions:detect_leaks=1:abort_on_error=0:log_path=$report"
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$report"
export RECTOOLS_SANITIZED=1
status=0
# shellcheck disable=SC2046
tests/run.sh tests/rec*.t tests/collect*.t tests/erase.t tests/check-*.t tests/names.t tests/hold.t \
    tests/import.t tests/live.t tests/pipe.t tests/fuzz.t $(find build/unit -type f ! -name '*.d') || status=1
# The registers of a thread that ends during the search for leaks cannot be read;
# LeakSanitizer reports this and goes on.
for f in "$report".*; do
	[ -e "$f" ] || continue
	if grep -v '^==[0-9]*==Unable to get registers from thread' "$f"; then
		status=1
	fi
done
exit $status
