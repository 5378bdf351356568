#!/bin/sh
# on_stored and on_failed: a command or a webhook is notified of the end of a call, at
# least once, and no recording waits for it.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
cd "$T" || exit 1
for need in python3 jq openssl; do
	have $need && continue
	skip "notices" "$need is not installed"
	done_testing
done
worker=
cleanup() {
	[ -z "$worker" ] || kill -9 "$worker" 2>/dev/null
	server_stop_all
}
noise 3000 >one
printf 'hook-secret\n' >secret
chmod 600 secret
cat >told.sh <<'X'
#!/bin/sh
# Arguments, variables, and the notice.
printf '%s %s %s %s ' "$*" "$RECTOOLS_EVENT" "$RECTOOLS_ID" "$RECTOOLS_KEY" >>told.txt
cat >>told.txt
[ ! -e told.code ] || exit "$(cat told.code)"
X
chmod 755 told.sh
settings() { # [LINE...]
	printf '[upload]\nto = archive\nbackoff_base = 1\nbackoff_cap = 2\n'
	[ $# = 0 ] || printf '%s\n' "$@"
	printf '[destination archive]\ntype = directory\npath = archive\n'
	printf 'name = {id}-{recording}.{part}.mp3\n'
}
fresh() {
	rm -rf spool archive told.txt told.code hook/calls hook/answer
	recpolicy --init -s spool
	mkdir archive
}
posts() { wc -l 2>/dev/null <hook/calls || echo 0; }
pending() { find spool/notice -name '*.json' | wc -l; }
none_pending() { [ "$(pending)" = 0 ]; }

# --- settings ---
for bad in 'on_stored = told.sh' 'on_failed = /nowhere/told' \
    'on_stored = http://example.com/hook' 'on_stored = https://a.example/x more' \
    'notice_timeout = 0' 'notice_secret_file = /nowhere/secret'; do
	settings "$bad" >bad.ini
	status "refused: $bad" 2 recupload -t -c bad.ini
	one_line "refused: $bad" 'bad.ini:5: (on_|notice_|/nowhere)'
done

# --- by a command ---
fresh
settings "on_stored = $T/told.sh it's \$HOME" "on_failed = $T/told.sh no" >up.ini
CALL_FACTS='agent = é."x"' call_folder c1 one one
status "a command is notified" 0 recupload -c up.ini -s spool
is "as words, never by a shell; with its variables" \
    "$(cut -d' ' -f1-4 told.txt)" "it's \$HOME stored c1"
is "the key is the notice's" "$(cut -d' ' -f5 told.txt)" \
    "$(cut -d' ' -f6- told.txt | jq -r .key)"
ok "call, files, where they are" sh -c "cut -d' ' -f6- told.txt | jq -e '
    .event == \"stored\" and .id == \"c1\" and .call.queue == \"Billing/Disputes\"
    and .call.agent == \"é.\\\"x\\\"\" and (.files | length) == 2
    and .files[1].part == 2 and .files[0].bytes == 3000
    and .files[0].sha256 == \"$(sum one)\"
    and .files[0].destinations == [{\"destination\":\"archive\",\"state\":\"done\",
        \"object\":\"c1-1.1.mp3\",\"url\":\"archive/c1-1.1.mp3\"}]'"
is "nothing is left of it" "$(find spool/notice -mindepth 1)" ""
echo 3 >told.code
call_folder c2 one
status "a command that fails: later" 75 recupload -c up.ini -s spool
ok "says how" grep -q "recupload: c2: on_stored: $T/told.sh: ended with status 3" err
ok "the recording is there, and has left the spool" \
    sh -c 'test -s archive/c2-1.1.mp3 && test -z "$(ls spool/upload)"'
is "the notice waits" "$(pending)" 1
recupload -c up.ini -s spool --metrics m.prom
is "and is counted" "$(grep ^rectools_upload_waiting_notices m.prom)" \
    'rectools_upload_waiting_notices{spool="spool"} 1'
ok "and is listed with its next try" sh -c "recupload -s spool -l |
    grep -Eq '^-- on_stored has not been notified of c2 yet: 1 try, next .*Z: .*status 3'"
ok "as JSON too" sh -c "recupload -s spool -l --json |
    jq -e '.notice == \"stored\" and .id == \"c2\" and .attempts == 1'"
rm told.code
sleep 1.2
status "the next run reports it" 0 recupload -c up.ini -s spool
is "with the same key" "$(grep -c " stored c2 " told.txt) $(grep " stored c2 " told.txt |
    cut -d' ' -f5 | sort -u | wc -l)" "2 1"
settings "on_stored = /bin/sleep 600" 'notice_timeout = 1' >slow.ini
call_folder c3 one
start=$(date +%s)
status "one that never ends is ended" 75 recupload -c slow.ini -s spool
ok "one that never ends is ended: in its time" [ $(($(date +%s) - start)) -lt 10 ]
ok "one that never ends is ended: is gone" not pgrep -f '^/bin/sleep 600$'

# --- by a webhook ---
fresh
server_ca "$T/ca"
ok "a server" server_python hook "$T/ca/srv.pem" "$T/ca/srv.key"
settings "on_stored = https://localhost:$port/stored?token=t0k" \
    "on_failed = https://localhost:$port/failed" \
    "notice_secret_file = $T/secret" "notice_ca_file = $T/ca/ca.pem" >web.ini
call_folder w1 one
status "a webhook is notified" 0 recupload -c web.ini -s spool
is "a webhook is notified: once" "$(posts)" 1
jq -j .body hook/calls >body
is "signed" "$(jq -r '.headers["x-rectools-signature"]' hook/calls)" \
    "sha256=$(openssl dgst -sha256 -hmac hook-secret -r body | cut -d' ' -f1)"
ok "an idempotency key, the event, JSON, the query" jq -e '
    .headers["idempotency-key"] == (.body | fromjson | .key)
    and .headers["x-rectools-event"] == "stored"
    and .headers["content-type"] == "application/json"
    and .path == "/stored?token=t0k"' hook/calls
echo "500" >hook/answer
call_folder w2 one
status "a server that does not want it: later" 75 recupload -c web.ini -s spool
one_line "says so, without the token" \
    "^recupload: w2: on_stored: https://localhost:$port/stored: answered 500"
is "the recording is there" "$(ls archive)" "w1-1.1.mp3
w2-1.1.mp3"
sed 's/^notice_ca_file.*/notice_timeout = 2/' web.ini >other.ini
sleep 1.2
status "a certificate of an unknown CA" 75 recupload -c other.ini -s spool
rm hook/answer
sleep 2.2
status "a notice is sent when the server works again" 0 recupload -c web.ini -s spool
is "with the same key each time" "$(jq -r 'select(.body | test("\"w2\"")) |
    .headers["idempotency-key"]' hook/calls | sort | uniq -c | awk '{ print $1 }')" 2

# --- calls that any program set aside ---
fresh
mkdir spool/tmp/20261122T100000Z-m1 spool/tmp/20261122T100000Z-s1
printf '[call]\nid = m1\nqueue = Q\n[plan]\nrecord = maybe\n' \
    >spool/tmp/20261122T100000Z-m1/plan.ini
mv spool/tmp/*-m1 spool/mix/
mv spool/tmp/*-s1 spool/split/
call_folder u1 one
sed -i 's/^bytes = .*/bytes = 77/' spool/upload/*-u1/ticket.ini
status "recmix sets one aside" 1 recmix -s spool
status "recsplit sets one aside" 1 recsplit -s spool
status "recupload sets one aside" 1 recupload -c web.ini -s spool
is "all three are reported" "$(jq -r '.body | fromjson |
    "\(.event) \(.id) \(.program) \(.stage)"' hook/calls | sort)" \
    "failed m1 recmix mix
failed s1 recsplit split
failed u1 recupload upload"
ok "with the reason, and what is known" jq -se 'map(.body | fromjson) |
    (map(.reason | length > 0) | all) and any(.id == "m1" and .call.queue == "Q")
    and any(.id == "u1" and (.reason | test("3000 bytes, its ticket says 77"))
        and .files[0].destinations[0].state == "failed")' hook/calls
status "nothing to do" 0 recupload -c web.ini -s spool
is "nothing to do: reported once" "$(posts)" 3
status "tried again by hand" 0 recupload -s spool --retry u1
sleep 1.1
status "and set aside again" 1 recupload -c web.ini -s spool
is "is notified again, with another key" "$(posts) $(jq -r \
    '.headers["idempotency-key"]' hook/calls | sort -u | wc -l)" "4 4"

# --- recordings never wait ---
fresh
echo "204 0 3" >hook/answer
recupload -c web.ini -s spool -w 2>err &
worker=$!
for i in 1 2 3 4 5 6 7 8; do call_folder n$i one; done
start=$(date +%s%N)
wait_for sh -c '[ "$(ls archive | wc -l)" = 8 ] && [ -z "$(ls spool/upload)" ]'
ms=$((($(date +%s%N) - start) / 1000000))
ok "eight recordings while the hook takes 3 s each: $ms ms" [ $ms -lt 2900 ]
rm hook/answer

# --- killed at any moment ---
for i in 1 2 3 4 5 6 7 8 9 10; do
	call_folder k$i one
	kill -9 $worker
	wait $worker 2>/dev/null
	recupload -c web.ini -s spool -w 2>>err &
	worker=$!
	sleep 0.0$i
done
wait_for sh -c '[ "$(ls archive | wc -l)" = 18 ] && [ -z "$(ls spool/upload)" ]'
wait_for none_pending
ok "all are reported" none_pending
kill $worker
wait $worker
is "a stop is clean" "$?" 0
worker=
is "each of 18 calls was reported, whatever was killed" "$(jq -r '.body | fromjson |
    .id' hook/calls | sort -u | wc -l)" 18
is "with one key each" "$(jq -r '.headers["idempotency-key"]' hook/calls |
    sort -u | wc -l)" 18
is "all notices are sent" "$(find spool/notice -mindepth 1)" ""

# --- Retry-After, and the sweep ---
fresh
echo "503 6" >hook/answer
call_folder p1 one
recupload -c web.ini -s spool -w 2>err &
worker=$!
wait_for test -s hook/calls
sleep 3
is "Retry-After is obeyed" "$(posts)" 1
rm hook/answer
wait_for none_pending
waited=$(jq -rs '(.[1].at - .[0].at) * 1000 | floor' hook/calls)
ok "sent again after $waited ms of 6000" [ "$waited" -ge 6000 ]
ok "and not much later" [ "$waited" -le 7500 ]
kill $worker
wait $worker
worker=
echo "500" >hook/answer
call_folder p2 one
recupload -c web.ini -s spool 2>err
is "a notice that cannot be sent waits" "$(pending)" 1
RECTOOLS_NOW=2026-11-29T12:00:00Z status "the sweep takes it with its time" 0 \
    recsweep --clock-ok -s spool
ok "a notice that cannot be sent waits: reported" grep -q 'notice/20261122T110000Z-p2: deleted, its notice was never sent' err
is "a notice that cannot be sent waits: gone" "$(find spool/notice -mindepth 1)" ""
ok "the log has it" grep -q ' p2 swept stage=notice .*told=no' spool/audit.log
done_testing
