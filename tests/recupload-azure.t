#!/bin/sh
# recupload to Azure Blob: against Azurite behind a proxy of faults.
. "$(dirname "$0")/lib.sh"
. "$ROOT/tests/servers/lib.sh"
. "$ROOT/tests/servers/matrix.sh"
. "$ROOT/tests/servers/clouds.sh"
cd "$T" || exit 1
for tool in python3 openssl curl "$azurite"; do
	if ! have "$tool"; then
		skip "uploads to Azure" "$(basename "$tool") is not installed"
		done_testing
	fi
done
settings() { # URL, login on stdin
	cat <<-X
	[upload]
	to = box
	[destination box]
	type = azure
	url = $1
	name = calls/{id}-{recording}.{part}.mp3
	connect_timeout = 2
	stall_timeout = 1
	X
	cat
}
server_ca "$T/tls"
ok "Azurite starts with TLS" server_azurite "$T/tls"
tls_port=$port
ok "and without" server_azurite "$T/az"
azure_port=$port
here=http://127.0.0.1:$azure_port/devstoreaccount1/rec
key="account = devstoreaccount1
account_key_file = $T/az/key"
echo "$key" | settings "$here" >key.ini
azure_sas rec rcd 3600 >sas
chmod 600 sas
echo "sas_file = $T/sas" | settings "$here" >sas.ini
reader=$(azure_sas rec rl 7200)
blob_sum() {
	curl -sf "$here/calls/$1?$reader" | sha256sum | cut -d' ' -f1
}
blobs() { # PREFIX
	server_azure GET "rec?comp=list&prefix=calls/$1&restype=container" |
	    grep -o '<Name>[^<]*' | sed 's/<Name>calls.//'
}
noise 300000 >one.mp3
noise 1500000 >big.mp3
n=0
fresh() {
	n=$((n + 1))
	noise 100000 >f$n.mp3
}

# --- without faults, and objects that exist already ---
status "no such container" 75 recupload -c key.ini one.mp3
one_line "no such container" 'ContainerNotFound .there is no such container'
ok "a container" server_azure PUT 'rec?restype=container' -f
for login in key sas; do
	fresh
	status "$login: a recording" 0 recupload -c $login.ini f$n.mp3
	is "$login: where it went" "$(cat out)" "$here/calls/f$n-1.1.mp3"
	is "$login: silent" "$(cat err)" ""
	is "$login: arrived" "$(blob_sum f$n-1.1.mp3)" "$(sum f$n.mp3)"
	status "$login: once more" 0 recupload -c $login.ini f$n.mp3
	cp f$n.mp3 keep
	noise 100000 >f$n.mp3
	status "$login: another content" 1 recupload -c $login.ini f$n.mp3
	one_line "$login: another content" 'a different file of this name exists; not'
	is "$login: the first is still there" "$(blob_sum f$n-1.1.mp3)" "$(sum keep)"
	status "$login: --test" 0 recupload -c $login.ini --test
	ok "$login: written" grep -q 'written, read back, deleted' out
	ok "$login: clock and limit" grep -q 'limit: 5000000000 bytes' out
	cat out >>said
done
ok "when the signature ends is reported" grep -q '^box: signature: ends 20' said
is "the probes are gone" "$(blobs rectools)" ""
status "a larger one, with Expect" 0 recupload -c key.ini big.mp3
azure_sas rec rcd -60 >sas
status "a signature that has ended" 75 recupload -c sas.ini one.mp3
one_line "a signature that has ended" 'the signature expired at 20[0-9T:-]*Z: create a new'
azure_sas rec rl 3600 >sas
status "--test: only to read" 75 recupload -c sas.ini --test
ok "rights are reported" grep -Eq \
    'rights: write no .*the signature needs.*, read yes, list yes, delete no' out
azure_sas rec rcl 3600 >sas
status "--test: no right to delete" 0 recupload -c sas.ini --test
ok "the probe stays" grep -q 'cannot be deleted: .*403 Auth' out
sed "s|/az/key|/other.key|" key.ini >other.ini
echo b3RoZXI= >other.key
chmod 600 other.key
status "--test: another key" 75 recupload -c other.ini --test
one_line "--test: another key" 'Auth[a-zA-Z]* .the key or'
azure_sas rec r 3600 >sas
status "a signature that may only read" 75 recupload -c sas.ini one.mp3
one_line "only read" 'AuthorizationPermissionMismatch .the signature needs the rights'
azure_sas rec rcd 3600 >sas

# --- settings ---
bad() { # LABEL PATTERN
	status "$1" 2 recupload -c bad.ini one.mp3
	one_line "$1" "$2"
}
settings "$here" </dev/null >bad.ini
bad "no login" 'needs either sas_file or account_key_file'
printf '%s\nsas_file = %s/sas\n' "$key" "$T" | settings "$here" >bad.ini
bad "two logins" 'needs either sas_file or account_key_file'
echo "$key" | grep -v ^account.= | settings "$here" >bad.ini
bad "no account" 'account_key needs account = NAME'
echo 'not base64' >wrong
chmod 600 wrong
echo "$key" | sed "s|/az/key|/wrong|" | settings "$here" >bad.ini
bad "no key" 'account_key: not the Base64 of a key'
echo "sas_file = $T/wrong" | settings "$here" >bad.ini
bad "no signature" 'no shared access signature'
echo "sas_file = $T/sas" | settings "$here?$(cat sas)" >bad.ini
bad "the signature in the url" 'must not contain a login'
printf '%s' another-secret | base64 >wrong

# --- the table of faults ---
proxy_start "$azure_port"
copies() {
	for i in $(seq -w 1 "${2:-3}"); do blob_sum "$1-1.$i.mp3"; done
}
echo "$key" | settings "http://127.0.0.1:$PROXY/devstoreaccount1/rec" >up.ini
matrix_begin
matrix_network
cloud_matrix
wrong_key() { cloud_change "$1" "s|/az/key|/wrong|"; }
matrix "wrong account key" arrives 'answered 403 Auth' fn:wrong_key
no_box() { cloud_change "$1" 's|/rec$|/none|'; }
matrix "no such container" arrives 'no such container' fn:no_box
certificate() {
	cloud_change "$1" \
	    "s|^url.*|url = https://localhost:$tls_port/devstoreaccount1/rec|"
}
matrix "unknown certificate" arrives '(certificate|peer)' fn:certificate
echo "sas_file = $T/sas" |
    settings "http://127.0.0.1:$PROXY/devstoreaccount1/rec" >up.ini
ended() {
	case $1 in
	begin) azure_sas rec rcd -60 >sas ;;
	end) azure_sas rec rcd 3600 >sas ;;
	esac
}
matrix "sas: ended" arrives 'the signature expired at' fn:ended
matrix "sas: answer lost" arrives - put/swallow/50000 once
matrix_print "type = azure (Azurite)"
ok "no secret in the messages" not grep -rE \
    "$azure_key|$(sed 's/.*sig=//' sas)" out err said matrix.err matrix.table spool
is "every blob of the table once, and none besides" \
    "$(blobs m | wc -l)" $((matrix_count * 3))

# --- kill -9 ---
echo "$key" | settings "$here" >up.ini
kills "type = azure"
is "and none besides" "$(blobs k | wc -l)" $(((kills_calls + 1) * 50))
ok "no secret in the messages" not grep -r "$server_secret" kills.err spool
done_testing
