#!/bin/sh
# Fuzzes every target for SECONDS_EACH (60) under ASan and UBSan, from its corpus.
set -eu
cd "$(dirname "$0")/../.."
out=build/fuzzing
mkdir -p "$out"
# libsndfile leaks memory when it opens a broken Ogg.
echo leak:libvorbis.so >"$out/leaks"
export LSAN_OPTIONS="suppressions=$out/leaks:print_suppressions=0"
export ASAN_OPTIONS=quarantine_size_mb=16
for target in tests/fuzz/*.c; do
	name=$(basename "$target" .c)
	modules=
	for f in src/*/*.c; do
		# A target may stand in for a module.
		grep -q "^/\* replaces: $(basename "$f" .c) \*/" "$target" ||
		    modules="$modules $f"
	done
	# shellcheck disable=SC2046,SC2086
	clang -std=c11 -D_GNU_SOURCE -DVERSION=__FILE__ -DFUZZING -O1 -g -pthread \
	    -fsanitize=fuzzer,address,undefined \
	    -fno-sanitize-recover=all $(printf -- '-iquote %s ' src/*/) -o "$out/$name" \
	    "$target" $modules -linih -lcrypto -lsndfile -lvorbis -logg \
	    -lmp3lame -lsoxr \
	    -lcurl -ljansson -licui18n -licuuc -lpcap -lspandsp $(make -s codec-flags) -lm
	mkdir -p "$out/corpus-$name" "tests/fuzz/corpus/$name"
	nice -n 19 "$out/$name" -max_total_time="${SECONDS_EACH:-60}" \
	    -timeout=5 -rss_limit_mb=256 -max_len=65536 \
	    -print_final_stats=1 -artifact_prefix="$out/$name-" \
	    "$out/corpus-$name" "tests/fuzz/corpus/$name"
done
