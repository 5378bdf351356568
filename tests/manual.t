#!/bin/sh
# The examples of the manual pages and of the README are run as they stand.
. "$(dirname "$0")/lib.sh"
if [ ! -d /usr/share/asterisk/sounds ]; then
	skip "the manual's examples" "asterisk-core-sounds-en-wav is not installed"
	done_testing
fi

# The files that the examples use.
S=$T/start
mkdir -p "$S/messages" "$S/calls" "$S/monitor" "$S/archive"
cp "$ROOT/examples/policy.ini" "$ROOT/examples/call.ini" \
    "$ROOT/examples/upload.ini" "$S"
"$ROOT/examples/legs.sh" "$S" || exit 1
cd "$S" || exit 1
sed 's/^redaction = yes/redaction = no/' policy.ini >new.ini
cp call.ini c1042-in.wav c1042-out.wav calls
cp c1042-in.wav customer.wav
cp c1042-out.wav agent.wav
cp c1042-in.wav in.wav
cp c1042-out.wav out.wav
sox out.wav -r 16000 -t raw sup.sln16
lame --quiet messages/record-a-call.wav studio.mp3
sox in.wav -t ul in.ulaw
gzip -k in.ulaw
recmix -o c1042-1.mp3 in.wav out.wav >/dev/null 2>&1
recmix --bitrate 64 -o large.mp3 in.wav out.wav >/dev/null 2>&1
mv large.mp3 long.mp3
rm large.ini
recsplit -b 300k long.mp3 >/dev/null
cp "$ROOT/tests/real/asterisk/day.cel.csv" cel.csv
for id in 1796001690.6 1796001776.14 1796001855.22; do
	cp in.wav monitor/$id-in.wav
	cp out.wav monitor/$id-out.wav
done
recpolicy --init -s spool
recpolicy -c policy.ini -s spool call.ini >/dev/null
recmix -s spool && recsplit -s spool
# A call that waits in failed/ and one in mix/.
sed 's/c1042$/c1043/' call.ini >other.ini
recpolicy -c policy.ini -s spool other.ini >/dev/null

# examples PAGE: prints the commands of its EXAMPLES, one per line.
examples() {
	awk '
	/^\.Sh / { on = $2 == "EXAMPLES" }
	!on { next }
	/^\.Bd -literal/ { block = 1; next }
	/^\.Ed/ { block = 0; next }
	/^\.Dl / { print substr($0, 5); next }
	block { print }' "$1" |
	    sed -e 's/\\&//g' -e 's/\\e/\\/g' -e 's/^\$ //' \
		-e 's/^[0-9]* [0-9*]* \* \* \* *//' | join_lines
}
join_lines() { sed -e ':a' -e '/[\\|]$/{N;s/\\*\n */ /;ba' -e '}'; }
# The README's commands are the indented blocks that name a program.
readme() {
	sed -n 's/^    \(rec[a-z]* .*\)/\1/p' "$ROOT/README.md"
}
# run LABEL: the commands on stdin, one after the other, in a fresh directory.
run() {
	rm -rf "$T/work"
	cp -Rp "$S" "$T/work"
	cd "$T/work" || exit 1
	while read -r command; do
		command=$(printf '%s\n' "$command" |
		    sed -e 's|/var/spool/rectools|spool|g' -e 's|/etc/rectools/||g' \
			-e 's|/srv/recordings/[0-9-]*|archive|g')
		case $command in
		*'&') command="timeout -s TERM 2 ${command%&}" want='0|124' ;;
		*--warn* | *'grep '* | *--replay* | *--from* | *--against*) want='0|1' ;;
		*--init*) rm -rf spool && want=0 ;;
		*) want=0 ;;
		esac
		sh -c "$command" >"$T/out" 2>"$T/err" </dev/null
		got=$?
		test_count=$((test_count + 1))
		if echo "$got" | grep -qxE "$want"; then
			echo "ok $test_count - $1: $command"
		else
			echo "not ok $test_count - $1: $command (status $got)"
			sed 's/^/# /' "$T/err"
			test_failed=$((test_failed + 1))
		fi
	done
	cd "$T" || exit 1
}
for page in "$ROOT"/man/*.1 "$ROOT/man/rectools.7"; do
	examples "$page" >"$T/commands"
	ok "${page##*/} has examples" test -s "$T/commands"
	run "${page##*/}" <"$T/commands"
done
readme >"$T/commands"
ok "the README has commands" test -s "$T/commands"
run README <"$T/commands"
done_testing
