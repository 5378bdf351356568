#!/bin/sh
# recupload to S3: against a server of ours that checks signatures and hashes.
. "$(dirname "$0")/lib.sh"
cd "$T" || exit 1
if ! have python3; then
	skip "uploads to S3" "python3 is not installed"
	done_testing
fi
python3 "$ROOT/tests/servers/s3.py" "$T/port" 2>s3.err &
server=$!
cleanup() {
	kill "$server" 2>/dev/null
	wait "$server" 2>/dev/null
}
n=0
until [ -s port ] || [ $n -gt 200 ]; do
	sleep 0.05
	n=$((n + 1))
done
ok "the server starts" test -s port
head -c 300000 /dev/urandom >one.mp3
head -c 2500000 /dev/urandom >big.mp3
printf 's3-secret\n' >key
chmod 600 key
settings() {
	cat <<-X
	[upload]
	to = bucket
	[destination bucket]
	type = s3
	url = http://127.0.0.1:$(cat port)/rec
	region = eu-test-1
	access_key = AKTEST
	secret_key_file = $T/key
	name = calls/{file}
	X
}
settings >s3.ini
puts() { grep -c "^PUT .*/$1" s3.log; }
status "a recording" 0 recupload -c s3.ini one.mp3
is "where it went" "$(cat out)" "$(sed -n 's/^url = //p' s3.ini)/calls/one.mp3"
is "silent" "$(cat err)" ""
status "a larger one, with Expect" 0 recupload -c s3.ini big.mp3
status "once more" 0 recupload -c s3.ini one.mp3
is "is recognised, not sent" "$(puts one.mp3)" 1
cp big.mp3 keep.mp3
cp one.mp3 big.mp3
status "another content" 1 recupload -c s3.ini --delete big.mp3
one_line "another content" 'something else of this name is there; not overwritten'
ok "the local file stays" test -f big.mp3
cp keep.mp3 big.mp3
status "and the first one is still there" 0 recupload -c s3.ini big.mp3
is "it was not sent again" "$(puts big.mp3)" 1
status "--test" 0 recupload -c s3.ini --test
ok "says so" grep -q 'written, read back, deleted' out
ok "the probe is gone" grep -q '^DELETE .*rectools-probe' s3.log

printf 'another\n' >wrong
chmod 600 wrong
sed 's|/key$|/wrong|' s3.ini >wrong.ini
status "a wrong secret" 75 recupload -c wrong.ini one.mp3
one_line "a wrong secret" 'HEAD answered 403'
sed 's|/rec$|/none|' s3.ini >none.ini
status "no such bucket" 75 recupload -c none.ini one.mp3
one_line "no such bucket" 'no such bucket$'
sed 's|eu-test-1|eu-test-2|' s3.ini >region.ini
status "another region" 75 recupload -c region.ini one.mp3
sed '/^region/d' s3.ini >bad.ini
status "no region" 2 recupload -c bad.ini one.mp3
one_line "no region" 'bad.ini:3: .*region is missing'
sed '/^access_key/d' s3.ini >bad.ini
status "no key" 2 recupload -c bad.ini one.mp3
one_line "no key" 'access_key and secret_key_file belong together'
ok "no secret in what was said" not grep -r s3-secret out err
done_testing
